"""Words: texts for people that are written down far from the page which shows them."""


def told(text: str) -> str:
    """The text itself. Saying it marks it: a catalog of each language holds it, and pages show it translated."""
    return text
