"""Mutation testing: one small change to the source at a time, which some test must notice.

    python -m tests.mutation funnet/testing funnet/grad
    python -m tests.mutation --sample 300 --seed 1 funnet

`changes` says what is changed, `runner` runs the tests that reach the changed line, on copies of the tree,
and `equivalent` lists the changes that no test can notice, each with the reason.
"""
