"""Rows are read past the gateway where somebody answers there, else by the gateway."""

from contract_tests.agreement.agreed_documents import Agreement
from contract_tests.faults.row_source import RowSource, row_sources
from contract_tests.hops.paired_client import SentRequest
from contract_tests.hops.path_map import PathMap
from testcontainers_fixtures.stack_file.contract_spec import PathRule
from testcontainers_fixtures.stack_file.openapi_spec import OpenapiFile
from testcontainers_fixtures.stack_spec import Contract, Part, StackSpec

SPEC = StackSpec(
    format_version=2,
    name="shop",
    parts={
        "gateway": Part(role="gateway", command=("x",), port=1),
        "orders": Part(role="service", command=("x",), port=2),
        "tags": Part(
            role="resolver", command=("x",), ready="log up", openapi=OpenapiFile(file="tags.json")
        ),
    },
    contract=Contract(added_headers={"X-User": "ann"}),
)


class Running:
    """All that is asked of a stack."""

    spec = SPEC
    doorstep = "http://gateway"
    services = {"orders": "http://orders"}  # noqa: RUF012 -- nobody changes it


def test_each_owner_has_a_place_where_its_rows_are_read() -> None:
    paths = PathMap(PathRule(strip="/v1"))
    known = Agreement(documents={}, paths={"orders": paths, "tags": PathMap(PathRule(add="/x"))})
    found = row_sources(Running(), known)  # type: ignore[arg-type] # all that is asked of a stack
    asked = SentRequest(method="GET", target="/v1/orders?limit=5")

    assert found["orders"].url == "http://orders"
    assert found["orders"].asking(asked).target == "/orders?limit=5"
    assert found["orders"].asking(asked).headers == {"x-user": "ann"}
    assert found["tags"] == RowSource(url="http://gateway")
