"""`python -m crisisdata` is the command."""

from crisisdata.cli import main

if __name__ == "__main__":
    main()
