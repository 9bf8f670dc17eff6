"""What an interrupt does to the library's calls of a cell, through a real jupyter_client and a real Kafka.

    python test/kernel/conformance/interrupted_library.py '["127.0.0.1:9092"]'    # the brokers, as JSON
"""

import sys
import time
from pathlib import Path

from client import Kernel, equal

SETUP = """
import { createTopic, deleteGroup, deleteTopic, fromKafka, fromKafkaBatches, waitForLag, writeToKafka } from 'streamtrain/kafka';
const brokers = BROKERS, name = `interrupted-${crypto.randomUUID()}`, groupId = `${name}-group`;
const quiet = { brokers, rowsPerSecond: 200, progress: false, log: false };
let goesOn = true;
function* rows(begun) {
  for (let i = 0; goesOn; i++) {
    if (i === 20) begun();
    yield { value: String(i) };
  }
}
const count = () => fromKafka(name, { brokers }).count();
const begun = () => console.log('begun');
await createTopic(name, { brokers });
"""

# Both may run again at once after they were interrupted, as they are.
READING = """
const stream = fromKafkaBatches({ topics: [name], groupId, brokers, pauseTimeout: 50, streamTimeout: -1 });
const look = setInterval(() => {
  if (Object.keys(stream.assignment()).length === 0) return;
  clearInterval(look);
  setTimeout(begun, 100);
}, 10);
for await (const mini of stream) console.log(mini.size);
"""
WRITING = "await writeToKafka(name, rows(begun), quiet);"


def begin(k: Kernel, code: str) -> str:
    """Sends a cell, and waits until it says that it is under way."""
    msg_id = k.send(code)
    until = time.monotonic() + 30
    while True:
        message = k.iopub(until)
        assert message["msg_type"] != "error", message["content"]
        if message["msg_type"] == "stream" and "begun" in message["content"]["text"]:
            return msg_id


def interrupt(k: Kernel, code: str) -> None:
    msg_id = begin(k, code)
    k.interrupt()
    equal(k.collect(msg_id, 10).reply.get("ename"), "KeyboardInterrupt")


def reading_leaves_the_group(k: Kernel) -> None:
    for _ in range(2):
        interrupt(k, READING)
        until = time.monotonic() + 5
        while True:
            deleted = k.run("await deleteGroup(groupId, { brokers });")
            if deleted.reply["status"] == "ok":
                break
            assert time.monotonic() < until, deleted.error
            time.sleep(0.05)


def writing_stops(k: Kernel) -> None:
    before = 0
    for _ in range(2):
        interrupt(k, WRITING)
        time.sleep(0.2)
        written = int(k.ok("await count()").value)
        assert written >= before + 20, f"{written} rows"
        time.sleep(0.3)
        equal(int(k.ok("await count()").value), written)
        before = written


def a_call_in_a_function_ends(k: Kernel) -> None:
    """Where the cell's own lines wait for something else, the call ends, too, and later calls of that function do not begin."""
    interrupt(
        k,
        "const waiting = waitForLag('nobody', { brokers, topics: [name], timeout: 600_000 });\n"
        "const outcome = waiting.then(() => 'over', ({ name }) => name);\n"
        "setTimeout(begun, 100); await new Promise(() => {});",
    )
    equal(k.ok("await outcome").value, "'KeyboardInterrupt'")


def what_outlives_its_cell_goes_on(k: Kernel) -> None:
    begin(k, "const background = writeToKafka(name, rows(begun), quiet);")
    before = int(k.ok("await count()").value)
    interrupt(k, "begun(); await new Promise(() => {});")
    time.sleep(0.2)
    k.ok("goesOn = false; await background;")
    assert int(k.ok("await count()").value) > before + 20


def main() -> None:
    # In the project's folder the library's name leads to the library.
    project = Path(__file__).parents[3]
    kernel = Kernel("streamtrain-javascript", 60, str(project))
    try:
        kernel.ok(SETUP.replace("BROKERS", sys.argv[1]))
        reading_leaves_the_group(kernel)
        writing_stops(kernel)
        a_call_in_a_function_ends(kernel)
        what_outlives_its_cell_goes_on(kernel)
        kernel.ok("await deleteTopic(name, { brokers });")
    finally:
        kernel.close()


main()
