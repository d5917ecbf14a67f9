"""`python -m zoetrope`: the same as the console command `zoetrope`."""

from zoetrope.cli import main

if __name__ == "__main__":
    main()
