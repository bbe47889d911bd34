"""What listeners and callers were shown, in the order in which it came, and what is to be said against it."""

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from tests.live.world import Shown, Subject


@dataclass(frozen=True, slots=True)
class _Seen:
    """What one listener or one caller was shown; `asked` is how much had been seen when a caller asked."""

    who: str
    subject: Subject
    shown: Shown
    asked: int | None


@dataclass
class Witness:
    """Takes down what is seen."""

    seen: list[_Seen] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def heard(self, listener: str, subject: Subject, shown: Shown) -> None:
        self.seen.append(_Seen(listener, subject, shown, None))

    def answered(self, caller: str, subject: Subject, shown: Shown, asked: int) -> None:
        """Take down an answer to what was asked when so much had been seen."""
        self.seen.append(_Seen(caller, subject, shown, asked))

    def outcomes(self) -> Counter[str]:
        return Counter(f"{each.subject.provider} {each.shown.outcome}" for each in self.seen)

    def judge(self) -> list[str]:
        """Give every complaint."""
        reached: dict[str, int] = {}
        newest: dict[int, int] = {}
        floors: list[dict[int, int]] = []
        for each in self.seen:
            floors.append(dict(newest))
            is_event = each.asked is None
            floor = reached.get(each.who, 0) if is_event else floors[each.asked or 0].get(id(each.subject), 0)
            step = None
            for found in self._judged(each, floor):
                if isinstance(found, int):
                    step = found
                else:
                    self.complaints.append(f"{each.who}, {each.subject.name}: {found}")
            if step is not None:
                reached[each.who] = max(step, floor)
                # What has no position of its own is only held against what was told before it was asked for.
                if is_event or each.shown.position is not None:
                    newest[id(each.subject)] = max(newest.get(id(each.subject), 0), step)
        return self.complaints

    def _judged(self, seen: _Seen, floor: int) -> Iterator[int | str]:
        """Give complaints, and the step of the subject's course that was shown, where one was."""
        shown, course = seen.shown, seen.subject.course
        if (shown.problem is not None) is not (shown.outcome in ("STALE", "UNAVAILABLE")):
            yield f"{shown.outcome} with the problem {shown.problem}"
        if shown.problem in ("INTERNAL", "NOT_CONFIGURED"):
            yield f"a problem that should not be: {shown.problem}"
        if shown.outcome == "UNAVAILABLE":
            # What is never absent has been shown, and could be shown again.
            if floor and seen.subject.provider != "solana":
                yield f"{shown}, and {floor} has been shown"
            return
        if shown.position is not None and seen.subject.provider != "sfox":
            step = bisect_right([since for since, _ in course], shown.position) - 1
            if course[step][1] != shown.state:
                yield f"{shown} was {course[step][1]}"
        else:
            steps = [step for step, (_, state) in enumerate(course) if state == shown.state]
            if not steps:
                yield f"{shown} never was"
                return
            step = next((each for each in steps if each >= floor), steps[-1])
        if step < floor:
            yield f"{shown} is step {step}, and {floor} has been shown"
        yield step
