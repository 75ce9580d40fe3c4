"""Serves one client: reads its messages, carries out its statements and answers."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from . import protocol
from .backend import FAILED, IDLE, IN_TRANSACTION, Backend, refusal_sql
from .copy_load import CopyLoad
from .errors import BackendError, Refusal, translate
from .faults import AFTER, BEFORE, CutConnection, Fault
from .handshake import parameter_status
from .journal import Entry
from .plan import Plan, statements
from .protocol import Message, Wire
from .tokens import quote_string

if TYPE_CHECKING:
    from .server import Standin

_PIECE = 1 << 18


class Session:
    """Holds the two connections of one client: its own and the one to PostgreSQL."""

    def __init__(
        self, standin: Standin, wire: Wire, backend: Backend, user: str, database: str, pid: int
    ) -> None:
        self.standin = standin
        self.wire = wire
        self.backend = backend
        self.user = user
        self.database = database
        self.pid = pid
        self.values = {"pg_last_copy_count": 0, "pg_last_query_id": -1}
        self._statements: dict[str, Plan] = {}
        self._portals: dict[str, Plan] = {}
        # How the statement ends that is carried out: the tag of its command or an SQLSTATE.
        self.outcome = ""
        self._out = bytearray()
        self._skip_to_sync = False
        self._implicit = False

    def serve(self) -> None:
        """Serves the client until it leaves."""
        while True:
            kind, body = self.wire.read_message()
            if kind == b"X":
                return
            if kind == b"Q":
                self._simple(protocol.read_text(body)[0])
            elif kind == b"S":
                self._sync()
            elif kind in b"PBDECHF" and not self._skip_to_sync:
                self._extended(kind, body)

    def send(self, data: bytes) -> None:
        """Queues bytes for the client; large answers are passed on in pieces."""
        self._out += data
        if len(self._out) > _PIECE:
            self.flush()

    def flush(self) -> None:
        """Sends the client what is queued."""
        if self._out:
            data, self._out = bytes(self._out), bytearray()
            self.wire.send(data)

    def fail(self, refusal: Refusal) -> bool:
        """Refuses a statement inside PostgreSQL, so that an open transaction is aborted."""
        return self.relay(self.backend.query(refusal_sql(refusal)))

    def relay(self, messages: Iterable[Message], skip: int = 0, rewritten: bool = True) -> bool:
        """Passes an answer on to the client, without its first `skip` results.

        Returns whether it was free of errors.
        """
        succeeded = True
        for kind, body in messages:
            if kind == b"E":
                succeeded = False
                fields = translate(protocol.fields(body), self.pid, rewritten)
                self.outcome = fields.get("C", "")
                self.send(protocol.report(b"E", fields))
            elif kind == b"S":
                self.send(parameter_status(body) or b"")
            elif skip and kind in b"TDC":
                skip -= kind == b"C"
            else:
                if kind == b"C":
                    self.outcome = protocol.read_text(body)[0]
                self.send(protocol.message(kind, body))
        return succeeded

    # The simple protocol

    def _simple(self, sql: str) -> None:
        of_message = statements(sql)
        if not of_message:
            self.relay(self.backend.query(sql))
        # Several statements in one message are one transaction, unless they say otherwise.
        several = len(of_message) > 1
        self._implicit = False
        for statement in of_message:
            plan = statement.plan(self.values)
            if several and self._begins_implicitly(plan):
                continue
            if not self._carry_out(plan, self._run_simple):
                break
        if self._implicit:
            end = "ROLLBACK" if self.backend.status == FAILED else "COMMIT"
            self.relay(m for m in self.backend.query(end) if m[0] != b"C")
        self.send(protocol.ready(self.backend.status))
        self.flush()

    def _begins_implicitly(self, plan: Plan) -> bool:
        """Opens the transaction around several statements; tells whether the plan is done so."""
        if self._implicit and plan.kind == "begin":
            self._implicit = False
            self.send(protocol.command_complete("BEGIN"))
            return True
        if plan.kind in ("commit", "rollback"):
            self._implicit = False
        elif self.backend.status == IDLE and plan.kind != "begin":
            self.backend.run("BEGIN")
            self._implicit = True
        return False

    def _run_simple(self, plan: Plan) -> bool:
        if plan.control is not None:
            answer = self.standin.control(plan.control)
            return self.relay(self.backend.query(_control_sql(answer)))
        if plan.writes_to and self.standin.table_locks:
            sql = f"{_lock(plan)}; {plan.sql}"
            return self.relay(self.backend.query(sql), skip=1)
        return self.relay(self.backend.query(plan.sql), rewritten=plan.rewritten)

    # The extended protocol

    def _extended(self, kind: bytes, body: bytes) -> None:
        if kind == b"P":
            self._parse(body)
        elif kind == b"B":
            portal, position = protocol.read_text(body)
            name, _ = protocol.read_text(body, position)
            if name in self._statements:
                self._portals[portal] = self._statements[name]
            self._forward(kind, body, b"2")
        elif kind == b"D":
            self._forward(kind, body, b"Tn")
        elif kind == b"C":
            self._forward(kind, body, b"3")
        elif kind == b"H":
            self.flush()
        elif kind == b"E":
            portal, _ = protocol.read_text(body)
            plan = self._portals.get(portal)
            if plan is None:
                self._forward(kind, body, b"CIs")
                return
            run = self._extended_runner(protocol.message(kind, body))
            self._skip_to_sync = not self._carry_out(plan, run)
        else:
            self._skip_to_sync = not self.fail(Refusal("0A000", "function calls are not supported"))

    def _parse(self, body: bytes) -> None:
        name, position = protocol.read_text(body)
        sql, position = protocol.read_text(body, position)
        of_message = statements(sql)
        if len(of_message) == 1:
            plan = of_message[0].plan(self.values)
            self._statements[name] = plan
            if plan.refusal is not None:
                sql = refusal_sql(plan.refusal, plan.parameters)
            elif plan.control is not None:
                sql = _control_sql(self.standin.control(plan.control))
            else:
                # A COPY is no statement of PostgreSQL's; an empty one stands for it.
                sql = "" if plan.copy is not None else plan.sql
        else:
            self._statements.pop(name, None)
        self._forward_data(protocol.parse(name, sql, body[position:]), b"1")

    def _extended_runner(self, execute: bytes) -> Callable[[Plan], bool]:
        def run(plan: Plan) -> bool:
            if plan.writes_to and self.standin.table_locks:
                try:
                    self.backend.run_extended(_lock(plan))
                except BackendError as error:
                    return self.relay([(b"E", protocol.report(b"E", error.content)[5:])])
            return self.relay(self.backend.step(execute, b"CIs"), rewritten=plan.rewritten)

        return run

    def _forward(self, kind: bytes, body: bytes, ends: bytes) -> None:
        self._forward_data(protocol.message(kind, body), ends)

    def _forward_data(self, data: bytes, ends: bytes) -> None:
        self._skip_to_sync = not self.relay(self.backend.step(data, ends))

    def _sync(self) -> None:
        self._skip_to_sync = False
        self.backend.send(protocol.message(b"S"))
        self.relay(self.backend.answer())
        self.send(protocol.ready(self.backend.status))
        self.flush()

    # Both

    def _carry_out(self, plan: Plan, run: Callable[[Plan], bool]) -> bool:
        """Carries one statement out and returns whether it succeeded."""
        self.outcome = ""
        entry = self.standin.statements.add(Entry(self.pid, self.user, self.database, plan.text))
        started = time.perf_counter()
        try:
            return self._with_faults(plan, run)
        finally:
            entry.seconds = time.perf_counter() - started
            entry.outcome = self.outcome

    def _with_faults(self, plan: Plan, run: Callable[[Plan], bool]) -> bool:
        for fault in self.standin.faults.at(plan.text, BEFORE, self.user):
            if not self._suffer(fault, plan):
                return False
        succeeded = self._decide(plan, run)
        if succeeded and plan.commits and self.backend.status == IN_TRANSACTION:
            self.backend.run("COMMIT")
            self._implicit = False
        for fault in self.standin.faults.at(plan.text, AFTER, self.user):
            self._suffer(fault, plan)
        return succeeded

    def _decide(self, plan: Plan, run: Callable[[Plan], bool]) -> bool:
        refusal = plan.refusal
        if plan.outside_transaction and self.backend.status != IDLE:
            refusal = Refusal(
                "25001", f"{plan.outside_transaction} cannot run inside a transaction block"
            )
        if refusal is not None:
            return self.fail(refusal)
        if plan.kind not in ("begin", "commit", "rollback", "set", "show"):
            self.values["pg_last_query_id"] = self.standin.next_query_id()
        if plan.copy is not None:
            return CopyLoad(self, plan).run()
        return run(plan)

    def _suffer(self, fault: Fault, plan: Plan) -> bool:
        """Lets a fault happen; returns whether the statement is to be carried out all the same."""
        if fault.action == "delay":
            time.sleep(fault.seconds)
            return True
        if fault.action == "cut":
            self.outcome = "cut"
            raise CutConnection
        if plan.kind == "commit":
            # A COMMIT that fails leaves no transaction behind.
            self.backend.run("ROLLBACK")
        self.fail(fault.refusal())
        return False


def _lock(plan: Plan) -> str:
    return f"SELECT pg_standin.write_lock({quote_string(plan.writes_to)})"


def _control_sql(answer: str) -> str:
    return f"SELECT {quote_string(answer)}::text AS standin_control"
