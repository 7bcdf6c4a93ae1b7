from repro.bench import contenders, peers


def test_every_contender_is_compared_with_the_idiomatic_loop_on_as_many_cores():
    everyone = contenders.contenders()
    names = [c.name for c in everyone]
    assert len(set(names)) == len(names)
    by_name = {c.name: c for c in everyone}
    for contender in everyone:
        reference = by_name[contender.reference]
        assert reference.make is peers.idiomatic
        assert reference.threads == contender.threads * contender.processes
