"""Has Spark cut a topic into rounds (Structured Streaming's log of offsets) and its executors learn them, each by a Node worker.

Whoever started this program decides everything else: what is learnt in a round, the mean, the checkpoint. It is asked over a
socket of the loopback address, one line of JSON each way. Rows never pass through Python: a worker is told offsets.
"""

import json
import os
import socket
import sys

from pyspark.sql import SparkSession

host, port = os.environ["STREAMTRAIN_ROUNDS"].rsplit(":", 1)
link = socket.create_connection((host, int(port))).makefile("rw", encoding="utf-8", newline="\n")


def tell(**facts):
    link.write(json.dumps(facts) + "\n")
    link.flush()
    answer = link.readline()
    if not answer:
        # Not sys.exit, which would end no more than the thread in which Spark calls us.
        print("The program that started this one has closed the link.", file=sys.stderr, flush=True)
        os._exit(1)
    return json.loads(answer)


plan = tell(event="hello", token=os.environ.pop("STREAMTRAIN_ROUNDS_TOKEN"), pid=os.getpid())
spark = SparkSession.builder.getOrCreate()
context = spark.sparkContext
context.setLogLevel("ERROR")
tell(event="session", master=context.master, spark=context.version)


def learn(worker, init, state):
    """What a task does on an executor: asks the Node worker of its Python process, which stays for the next round."""

    def answer(line):
        import builtins
        import json
        import os
        import subprocess
        import time

        def ask(node, text):
            try:
                node.stdin.write(text.encode() + b"\n")
                node.stdin.flush()
            except BrokenPipeError:
                # It has ended, which says more than how that is found out.
                return b""
            return node.stdout.readline()

        key = (tuple(worker["command"]), init)
        node = getattr(builtins, "_streamtrain_worker", None)
        if node is None or node.poll() is not None or builtins._streamtrain_key != key:
            node = subprocess.Popen(
                worker["command"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, env={**os.environ, **worker["env"]}
            )
            builtins._streamtrain_worker, builtins._streamtrain_key = node, key
            node.stdout.readline()
            begun = ask(node, init)
            if begun and not json.loads(begun)["ok"]:
                node.kill()
                return begun.decode()
        request = json.dumps({**json.loads(line), "state": state.value})
        for seconds in (1, 3, 9, None):
            text = ask(node, request)
            if not text:
                # Spark runs the task again, with another worker: it depends on nothing but what it is told.
                raise RuntimeError(f"the Node worker ended with {node.wait()}")
            # What may pass, such as a broker that is away, is asked for again: it is the same answer then.
            if seconds is None or b'"ok":false' not in text[:80] or not json.loads(text)["error"]["canRetry"]:
                return text.decode()
            time.sleep(seconds)

    return answer


def a_round(_rows, number):
    told = tell(event="round", batch=number)
    if "tasks" not in told:
        return
    state = context.broadcast(told["state"])
    tasks = [json.dumps(task) for task in told["tasks"]]
    answers = context.parallelize(tasks, len(tasks)).map(learn(plan["worker"], plan["init"], state)).collect()
    state.destroy()
    tell(event="learnt", batch=number, answers=[json.loads(answer) for answer in answers])


stream = spark.readStream.format("kafka").options(**plan["read"]).load().writeStream
query = stream.foreachBatch(a_round).option("checkpointLocation", plan["query"]).trigger(availableNow=True).start()
query.awaitTermination()
tell(event="end")
spark.stop()
