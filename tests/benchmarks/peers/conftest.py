"""Most peers import packages that need not be there: pytest does not look for doctests in them."""

collect_ignore_glob = ["*_.py"]
