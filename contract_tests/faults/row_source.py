"""Where the rows of a place are read: past the gateway, or by it where nobody else can be asked."""

from collections.abc import Mapping

from msgspec import Struct
from msgspec.structs import replace

from contract_tests.agreement.agreed_documents import Agreement
from contract_tests.hops.added_headers import AddedHeaders
from contract_tests.hops.paired_client import SentRequest
from contract_tests.hops.path_map import AS_IT_IS, PathMap
from testcontainers_fixtures.entrance import let_in
from testcontainers_fixtures.stack import Stack


class RowSource(Struct, frozen=True, kw_only=True):
    """Who is asked for rows; `paths` leads from the gateway's paths to this one's.

    `headers` are added to each request: what the gateway would add, or what lets one in there.
    """

    url: str
    paths: PathMap = AS_IT_IS
    headers: Mapping[str, str] = {}

    def asking(self, sent: SentRequest) -> SentRequest:
        """Return a request to the gateway as it is put to this one."""
        target = self.paths.to_service(sent.target)
        return replace(sent, target=target, headers={**sent.headers, **self.headers})


def row_sources(stack: Stack, known: Agreement) -> dict[str, RowSource]:
    """Return where the rows of each owner of a document are read, by its name."""
    told = AddedHeaders(stack.spec.contract).told()
    found = {
        name: RowSource(url=url, paths=known.of(name), headers=told)
        for name, url in stack.services.items()
    }
    behind = [name for name in stack.spec.owners if name not in found]
    return found | (dict.fromkeys(behind, through_the_gateway(stack)) if behind else {})


def through_the_gateway(stack: Stack) -> RowSource:
    """Return where rows are read that nobody can be asked for past the gateway."""
    return RowSource(url=stack.doorstep, headers=let_in(stack.spec, stack.doorstep))
