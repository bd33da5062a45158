"""Generates a client from the API's own document and drives the whole story of orders with it.

usage: drive_client.py ADDRESS SELLER_KEY BUYER_KEY
"""

import importlib
import subprocess
import sys
import tempfile
import urllib.request
from pathlib import Path

address, seller_key, buyer_key = sys.argv[1:]


def generate(folder: Path) -> None:
    document = folder / "openapi.json"
    with urllib.request.urlopen(f"{address}/api/openapi.json") as told:
        document.write_bytes(told.read())
    generator = Path(sys.executable).parent / "openapi-python-client"
    command = [generator, "generate", "--path", document, "--meta", "none", "--output-path", folder / "holdfast_client"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"no client can be generated:\n{done.stdout}{done.stderr}")
    sys.path.insert(0, str(folder))


def call(entry: str, client, *arguments, **more):
    """Calls an entry of the client; anything but its own answer ends the story."""
    module = importlib.import_module(f"holdfast_client.api.{entry}")
    told = module.sync_detailed(*arguments, client=client, **more)
    if told.status_code >= 400 or told.parsed is None:
        sys.exit(f"{entry}: {told.status_code} {told.content.decode()}")
    return told.parsed


def refused(entry: str, client, *arguments, **more):
    module = importlib.import_module(f"holdfast_client.api.{entry}")
    told = module.sync_detailed(*arguments, client=client, **more)
    if type(told.parsed).__name__ != "Problem":
        sys.exit(f"{entry} was not refused: {told.status_code} {told.content.decode()}")
    return told.parsed


def expect(what: str, is_so: object, should: object) -> None:
    if is_so != should:
        sys.exit(f"{what}: {is_so!r}, not {should!r}")


def place(models, seller, number: str) -> str:
    body = models.NewOrderBody(
        buyer=models.BuyerBody(email="bisi@demo.test", name="Bisi Alade"),
        external_ref=number,
        items=[
            models.ItemBody(title="Handwoven rug", unit_minor=38_000),
            models.ItemBody(title="Cushion cover", quantity=2, unit_minor=5_000),
        ],
    )
    placed = call("orders.place_order", seller, body=body, idempotency_key=f"place {number}".replace(" ", "-"))
    again = call("orders.place_order", seller, body=body, idempotency_key=f"place {number}".replace(" ", "-"))
    expect("the same command again", again.reference, placed.reference)
    return placed.reference


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        generate(Path(folder))
        client = importlib.import_module("holdfast_client")
        models = importlib.import_module("holdfast_client.models")
        base = f"{address}/api/v1"
        seller = client.AuthenticatedClient(base_url=base, token=seller_key)
        buyer = client.AuthenticatedClient(base_url=base, token=buyer_key)
        me = call("keys.get_me", seller)
        expect("who calls", (me.party, me.mode), ("seller", "test"))
        released(models, seller, buyer)
        disputed(models, seller, buyer)
        print("told")


def released(models, seller, buyer) -> None:
    order = place(models, seller, "released")
    card = models.PayBody(card_number="4242 4242 4242 4242")
    expect("paid", call("actions.pay_order", buyer, order, body=card, idempotency_key="pay-1").status, "funded")
    call("actions.dispatch_order", seller, order, body=models.DispatchBody(carrier="GIG", tracking="GIG-1"))
    call("actions.track_order", seller, order, body=models.TrackBody(carrier="GIG", tracking="GIG-1", checkpoint="Ibadan"))
    delivered = call("actions.deliver_order", seller, order, body=models.DeliverBody(recipient="Ade"))
    expect("delivered", delivered.status, "awaiting_response")
    offers = [offer.action for offer in call("orders.list_offers", buyer, order).data]
    expect("the first offer", offers[0], "accept")
    stale = refused("actions.accept_order", buyer, order, body=models.PartsBody(), idempotency_key="a-0", if_match='"1"')
    expect("an overtaken version", stale.code, "precondition_failed")
    done = call("actions.accept_order", buyer, order, body=models.PartsBody(), idempotency_key="a-1")
    expect("accepted", done.status, "completed")
    whole = call("orders.get_order", seller, order)
    expect("what was released", (whole.released_minor, whole.held_minor), (48_000, 0))
    kinds = [event.type_ for event in call("timeline.get_timeline", seller, order).data]
    expect("the timeline", kinds, ["placed", "paid", "dispatched", "tracked", "delivered", "accepted", "released"])
    sums = sum(line.amount_minor for line in call("ledger.get_order_ledger", seller, order).data)
    expect("the sum of the ledger", sums, 0)


def disputed(models, seller, buyer) -> None:
    order = place(models, seller, "disputed")
    call("actions.pay_order", buyer, order, body=models.PayBody(card_number="4242424242424242"), idempotency_key="pay-2")
    call("actions.deliver_order", seller, order, body=models.DeliverBody())
    rejection = models.RejectBody.from_dict({"code": "damaged", "text": "The rug is torn", "remedy": "refund"})
    expect("rejected", call("actions.reject_order", buyer, order, body=rejection).status, "rejected")
    contest = models.ContestBody(statement="It was whole when it left")
    expect("contested", call("actions.contest_order", seller, order, body=contest).status, "dispute")
    offer = models.SettlementBody(to_seller_minor=20_000, text="Let us share it")
    call("actions.offer_settlement_order", seller, order, body=offer)
    early = refused("actions.dispatch_order", seller, order, body=models.DispatchBody())
    expect("a refusal says what is possible", "concede" in [one.action for one in early.allowed_actions], True)
    agreed = models.AcceptSettlementBody(to_seller_minor=20_000)
    done = call("actions.accept_settlement_order", buyer, order, body=agreed, idempotency_key="agree")
    expect("settled", done.status, "completed")
    whole = call("orders.get_order", buyer, order)
    expect("what each has", (whole.released_minor, whole.refunded_minor), (20_000, 28_000))


if __name__ == "__main__":
    main()
