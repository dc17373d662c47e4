"""A fuzzer: random valid and random invalid requests for every operation, while Workers act and time passes.

`model.py` is the judge: botocore's description of the service says of each request whether it is good, and of each
answer whether an SDK can read it. `requests.py` makes requests from the same description, mostly about what there is.
`history.py` plays one history from its seed. `pages.py` does the same for the pages of the site, where a fault is
whatever is answered with a 5xx. To play long, or one that failed once more:

    python -m tests.simulation.fuzz --minutes 20 --database postgresql
    python -m tests.simulation.fuzz --seed 7 --steps 312
    python -m tests.simulation.fuzz --pages --seed 7 --steps 312
"""
