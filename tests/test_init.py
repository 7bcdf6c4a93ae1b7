import subprocess
import sys

import pytest

import repro


def test_public_names_are_imported_when_used():
    code = "import sys, repro; assert not {'torch', 'pandas', 'hydra'} & set(sys.modules); "
    code += "from repro import collect, Run; assert 'torch' not in sys.modules; "
    code += "from repro import Shapeset, AuthorStream; assert 'torch' in sys.modules"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize("name", repro.__all__)
def test_every_public_name_is_there(name):
    assert getattr(repro, name).__name__ == name
    assert name in dir(repro)


def test_another_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'colect'"):
        _ = repro.colect
