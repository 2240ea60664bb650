"""The reading children: limited, replaced, and no mail costs another one its reading."""

import ast
import json
import os
import signal
import socket
import subprocess
import sys
import textwrap
import threading
from email.message import EmailMessage
from pathlib import Path

import pytest

import maildaemon
from maildaemon.desk import ReadFailure
from maildaemon.edge.child import Limits
from maildaemon.edge.children import Child, ChildReader
from maildaemon.edge.playbooks import Bundle, gather
from maildaemon.model import Kind, Reading
from tests.documents import making

PLUGIN = """
import os, resource, signal, socket, time

def orders(mail, documents):
    what = mail.subject.split()[-1]
    begin = time.process_time()
    if what == "abort":
        os.abort()
    if what == "spin":
        while True:
            pass
    if what == "work":
        while time.process_time() - begin < 0.5:
            pass
    if what == "sleep":
        time.sleep(60)
    if what == "doze":
        os.write(2, b"asleep\\n")
        time.sleep(60)
    if what == "grow":
        hog = [bytearray(10_000_000) for _ in range(1000)]
    if what == "write":
        with open("/tmp/maildaemon-written", "w") as out:
            out.write("x" * 100_000)
    if what == "print":
        print("noise between the frames")
        os.write(1, b"more noise")
    return ()
"""


def mail(what, number=1):
    text = f"""\
        From: buyer@killer.example
        Subject: Purchase order {what}
        Message-ID: <{number}@killer.example>

        PO number: PO-{number}
        """
    return textwrap.dedent(text).replace("\n", "\r\n").encode()


@pytest.fixture(scope="module")
def parsers(tmp_path_factory):
    folder = tmp_path_factory.mktemp("parsers")
    (folder / "killer.toml").write_text('[claims]\nfrom = "*@killer.example"\n')
    (folder / "killer.py").write_text(PLUGIN)
    (folder / "killer.py").chmod(0o644)
    return folder


@pytest.fixture(scope="module")
def reader(parsers):
    found = ChildReader(gather(parsers), children=2, limits=Limits(cpu_seconds=1, wall_seconds=60, memory=512 * 2**20))
    yield found
    found.close()


def test_a_mail_is_read_in_a_child(reader):
    (found,) = reader.read([mail("fine")])
    assert isinstance(found, Reading)
    assert found.kind is Kind.ORDER
    assert found.profile == "killer"


@pytest.mark.parametrize(("what", "reason"), [("abort", "SIGABRT"), ("spin", "SIGXCPU")])
def test_a_child_that_dies_costs_its_own_mail_alone(reader, what, reason):
    batch = [mail("fine", 1), mail(what, 2), mail("fine", 3)]
    first, second, third = reader.read(batch)
    assert isinstance(first, Reading)
    assert isinstance(third, Reading)
    assert isinstance(second, ReadFailure)
    assert second.retry
    assert reason in second.reason


def test_a_child_that_sleeps_is_killed(parsers):
    hasty = ChildReader(gather(parsers), children=1, limits=Limits(wall_seconds=4))
    slow, fine = hasty.read([mail("sleep", 1), mail("fine", 2)])
    hasty.close()
    assert isinstance(slow, ReadFailure)
    assert "no answer in 4 seconds" in slow.reason
    assert isinstance(fine, Reading)


def test_cpu_time_is_counted_mail_by_mail(reader):
    """A child lives for thousands of mails: what the earlier ones took is not the next one's, nor is it given to it."""
    found = [answer for number in range(4) for answer in reader.read([mail("work", number)] * 2)]
    assert [answer for answer in found if isinstance(answer, ReadFailure)] == []
    (spun,) = reader.read([mail("spin")])
    assert "SIGXCPU" in spun.reason


def test_a_mail_that_wants_too_much_memory_is_a_failure_and_the_child_lives_on(reader):
    (found,) = reader.read([mail("grow")])
    assert not isinstance(found, Reading) or found.doubts
    (after,) = reader.read([mail("fine")])
    assert isinstance(after, Reading)


def test_a_child_cannot_write_files(reader):
    path = Path("/tmp/maildaemon-written")
    reader.read([mail("write")])
    assert not path.exists() or path.stat().st_size == 0
    path.unlink(missing_ok=True)


def test_what_a_library_prints_does_not_get_between_the_frames(reader):
    (found,) = reader.read([mail("print")])
    assert isinstance(found, Reading)


def test_a_mail_beyond_a_bound_is_refused_for_good(reader):
    (found,) = reader.read([b"X-Long: " + b"a" * 400_000 + b"\r\n\r\nbody"])
    assert isinstance(found, ReadFailure)
    assert not found.retry


def test_a_batch_is_answered_in_its_order(reader):
    found = reader.read([mail("fine", number) for number in range(30)])
    assert [reading.mail.message_id for reading in found] == [f"<{number}@killer.example>" for number in range(30)]


def with_files(*files):
    message = EmailMessage()
    message["From"] = "buyer@killer.example"
    message["Subject"] = "Purchase order fine"
    message.set_content("PO number: PO-1")
    for name, data in files:
        message.add_attachment(data, "application", "octet-stream", filename=name)
    return message.as_bytes()


def test_a_document_that_ends_its_reader_costs_that_document_alone(reader):
    endless = making.pdf([(50, 60, "PO number: PO-1"), "0 0 m 9 9 l S\n" * 3_000_000])
    batch = [
        mail("fine", 1),
        with_files(("endless.pdf", endless), ("order.xlsx", making.order_xlsx())),
        mail("fine", 3),
    ]
    first, second, third = reader.read(batch)
    assert isinstance(first, Reading)
    assert isinstance(third, Reading)
    assert isinstance(second, Reading)
    assert second.unread == ("endless.pdf: the reader for PDF died on it",)
    assert [document.name for document in second.documents if document.tables] == ["order.xlsx"]


DAEMON = """
import sys
from pathlib import Path
from maildaemon.edge.children import Child, ChildReader
from maildaemon.edge.playbooks import gather

reader = ChildReader(gather(Path(sys.argv[1])), children=1)
(fine,) = reader.read([sys.argv[2].encode()])
print(fine.profile, flush=True)
reader.read([sys.argv[3].encode()])
"""


def test_a_child_that_sleeps_over_a_mail_ends_with_its_daemon(parsers):
    arguments = [sys.executable, "-c", DAEMON, str(parsers), mail("fine").decode(), mail("doze").decode()]
    daemon = subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert daemon.stdout.readline() == b"killer\n"
    assert daemon.stderr.readline() == b"asleep\n"
    daemon.kill()
    # The child writes to the same standard error: its end is seen when the last of both is gone.
    assert daemon.communicate(timeout=60) == (b"", b"")


def test_a_server_whose_daemon_ended_before_it_said_a_word_ends_without_one():
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    command = [sys.executable, "-m", "maildaemon.edge.forkserver", str(theirs.fileno())]
    with ours, theirs:
        ended = subprocess.run(
            command, check=False, input=b"", capture_output=True, timeout=100, pass_fds=[theirs.fileno()]
        )
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, b"", b"")


def test_children_outlive_the_thread_that_started_them_and_their_server(parsers):
    made = []
    starter = threading.Thread(target=lambda: made.append(ChildReader(gather(parsers), children=1)))
    starter.start()
    starter.join()
    (before,) = made[0].read([mail("fine")])
    (after,) = made[0].read([mail("fine")])
    made[0].close()
    assert before == after
    assert before.profile == "killer"


def test_a_child_that_has_died_is_replaced_by_the_same_server(reader):
    reader.read([mail("fine")] * 2)
    server = reader.server.process.pid
    reader.read([mail("abort"), mail("abort")])
    assert all(isinstance(found, Reading) for found in reader.read([mail("fine")] * 4))
    assert reader.server.process.pid == server


def test_a_server_that_has_died_is_replaced_and_costs_no_mail(parsers):
    reader = ChildReader(gather(parsers), children=2)
    reader.read([mail("fine")] * 4)
    reader.server.process.kill()
    found = reader.read([mail("fine")] * 4)
    reader.close()
    assert all(isinstance(answer, Reading) for answer in found)


def test_what_a_child_started_ends_with_it(reader):
    """The whole process group is killed, not its leader alone."""
    child = reader.idle.get() or Child(reader.server, reader.limits)
    assert os.getpgid(child.process.pid) == child.process.pid == os.getsid(child.process.pid)
    child.close()
    reader.idle.put(None)
    assert child.process.returncode == -signal.SIGKILL


def test_the_server_has_no_threads_and_a_child_nothing_of_the_daemons(reader, tmp_path):
    """A fork copies the locks that another thread holds, and never lets go of them."""
    with (tmp_path / "secret").open("w") as secret:
        child = Child(reader.server, reader.limits)
        child.read([b"M" + mail("fine")])
        assert len(list(Path(f"/proc/{reader.server.process.pid}/task").iterdir())) == 1
        held = {str(each.readlink()) for each in Path(f"/proc/{child.process.pid}/fd").iterdir()}
        environment = Path(f"/proc/{child.process.pid}/environ").read_bytes()
        child.close()
    assert secret.name not in held
    stderr = str(Path("/proc/self/fd/2").readlink())
    assert {name.partition(":")[0] for name in held - {stderr}} == {"pipe", "/dev/null"}
    assert b"PYTEST" not in environment


def test_a_server_that_cannot_start_is_an_error_that_may_pass():
    reader = ChildReader(Bundle({"bad.toml": "colour = 1"}, {}), children=1)
    with pytest.raises(OSError, match="fork server has ended"):
        reader.read([mail("fine")])
    reader.close()


def test_a_child_reads_by_the_playbook_that_was_loaded_whatever_is_edited_later(tmp_path):
    path = tmp_path / "acme.toml"
    path.write_text('[claims]\nfrom = "*@killer.example"\n')
    bundle = gather(tmp_path)
    path.write_text("this is no TOML any more")
    reader = ChildReader(bundle, children=1)
    (found,) = reader.read([mail("fine")])
    reader.close()
    assert found.profile == "acme"


def test_what_readers_load_when_they_need_it_is_loaded_before_the_fork():
    """All but the second reader of spreadsheets: a child that loaded the others would do so for each mail it dies on."""
    command = "import json, sys, maildaemon.edge.forkserver as f; f.preload(); print(json.dumps(list(sys.modules)))"
    said = subprocess.run([sys.executable, "-c", command], capture_output=True, check=True, timeout=60)
    folder = Path(maildaemon.__file__).parent
    wanted = set()
    for path in [*(folder / "read").rglob("*.py"), *(folder / "parse").rglob("*.py")]:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                wanted |= {name.name for name in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module:
                wanted.add(node.module)
    assert wanted - set(json.loads(said.stdout)) == {"openpyxl"}
