"""The process that runs a `score.py`: it loads the script and answers the front over one unix socket. Standard library only, Python >= 3.9."""
