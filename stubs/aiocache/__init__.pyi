# The part of aiocache 0.12 that the gateway uses; the package ships no types of its own.
