"""Let pytest explain a failed assertion of the contract as it does in test files."""

import pytest

pytest.register_assert_rewrite("tests.hardware.board_contract")
