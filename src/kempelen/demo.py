"""Demo."""


def run(config): ...
