"""The map of the tests.

Each folder mirrors a package of funnet: known values, independent formulas, what a user sees. Beside them:

    cases/      one network, input and list of properties a row, for every class that has a derivative
    laws.py     what must hold for every case (`test_laws`), and padding.py for every padded one
    mutants/    broken code, each of which some law must catch (`test_mutants`)
    messages/   tables of wrong use, and the error each of them gets (`test_bad_input`)
    fuzz/       every public callable, called with odd arguments (`test_fuzz`)
    mutation/   small changes to the sources, to see which ones the tests notice: python -m tests.mutation
    benchmarks/ funnet beside its peers: python -m tests.benchmarks
"""
