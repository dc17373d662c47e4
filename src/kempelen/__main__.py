"""`python -m kempelen` is the command `kempelen`."""

from kempelen.cli.main import main

if __name__ == "__main__":
    main()
