"""What a plugin author tests with: one node run as the engine runs it, and stand-ins for the outside.

    from a8n.testing import FakeHttp, run

    async def test_it_greets():
        outputs = await run(Greet, {"text": {"$t": "Hello {{ json.name }}"}}, [{"name": "Ada"}])
        assert objects(outputs["main"]) == [{"text": "Hello Ada"}]

`pytest --a8n-contract my_plugin` runs the contract suite on an installed plugin.
"""

from a8n.errors import InvalidError, Problem
from a8n.journal import MemoryJournal, StepRecord, StrictJournal
from a8n.services import Services
from a8n.testing.caller import FakeCaller
from a8n.testing.credentials import MemoryCredentials, credential
from a8n.testing.files import MemoryFiles
from a8n.testing.http import FakeHttp, SentRequest
from a8n.testing.node import StepWaits, objects, run, run_sync
from a8n.testing.store import MemoryStores
from a8n.testing.workflow import outputs_of, resume_workflow, run_workflow

__all__ = [
    "FakeCaller",
    "FakeHttp",
    "InvalidError",
    "MemoryCredentials",
    "MemoryFiles",
    "MemoryJournal",
    "MemoryStores",
    "Problem",
    "SentRequest",
    "Services",
    "StepRecord",
    "StepWaits",
    "StrictJournal",
    "credential",
    "objects",
    "outputs_of",
    "resume_workflow",
    "run",
    "run_sync",
    "run_workflow",
]
