"""The gateway's log: one JSON object a line on standard error, plain lines where a person reads them."""

import logging
import sys

import structlog

from gateway.server.lines import Write


def start_journal(*, quiet: bool = False) -> Write | None:
    """Set up logging for the process; `quiet` leaves out all but errors.

    Tracebacks carry no local variables, which may hold a credential. Gives what takes ready lines, where they are JSON.
    """
    level = logging.ERROR if quiet else logging.INFO
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    person = sys.stderr.isatty()
    renderer: structlog.typing.Processor = (
        structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
        if person
        else structlog.processors.JSONRenderer()
    )
    last: list[structlog.typing.Processor] = [renderer] if person else [structlog.processors.format_exc_info, renderer]
    structlog.configure(
        processors=[*shared, *last],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *last],
        )
    )
    # Libraries speak up only when something is wrong: aiocache's other lines would show keys.
    logging.basicConfig(handlers=[handler], level=max(level, logging.WARNING), force=True)
    return None if person or quiet else _write


def _write(text: str) -> None:
    sys.stderr.write(text)
    sys.stderr.flush()
