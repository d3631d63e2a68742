"""A fuzzer: every public callable with an argument, or a leaf of one, replaced by something odd.

`functions` and `methods` have a call that works for each, `odd` what arguments are replaced by, `places`
where, and `run` makes the calls and says which ended in anything but a result or an error of ours.
"""
