"""Print the numbers of a paper that pins an edition of crisisdata."""

import sys

import crisisdata as cd


def main(version: str = "0.2") -> None:
    edition = cd.require(version)
    episodes = cd.load(version=edition)
    print(edition.version, len(episodes), episodes["condemned_share"].sum(), edition.content_hash)


if __name__ == "__main__":
    main(*sys.argv[1:])
