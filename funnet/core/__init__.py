"""What everything stands on: containers, keys, checks of arguments, padded sequences, files."""
