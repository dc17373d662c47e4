"""Questions and answers: HTML, external and form questions, layouts, answer keys, and the XML they are written in."""
