"""Experiments that the paper only mentions, one module each, as in `repro.exhibits`.

They need runs that no figure of the paper has, so `make figures` leaves them to `make studies` and to targets
of their own, such as `make pyramids`. Sweeps that are a product of settings are files of `conf/study/`.
"""
