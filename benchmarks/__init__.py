"""The program against hand-written SQL and against plain libraries, as ratios measured in one run (``make bench``)."""
