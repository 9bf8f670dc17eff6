"""What is promised of interrupts, of the death of processes, and of the end."""

from __future__ import annotations

import os
import signal
import time

from client import Kernel, Result, alive, check, descendants, equal, gone


LIMIT = float(os.environ.get("INTERRUPT_SECONDS", "2.5"))


def stops(k: Kernel, code: str) -> None:
    k.ok("let kept = 7;")
    result, seconds = k.interrupted(code)
    equal(result.reply["status"], "error")
    assert "nterrupt" in str(result.reply.get("ename")), result.reply
    assert seconds < LIMIT, f"{seconds * 1000:.0f} ms"
    equal(k.ok("kept").value, "7")


def failed_and_runs_again(k: Kernel, result: Result, word: str) -> None:
    equal(result.reply["status"], "error")
    assert word in result.error, result.error
    equal(k.run("1 + 1", timeout=20).value, "2")


@check()
def interrupt_loop(k: Kernel) -> None:
    """an interrupt stops a synchronous endless loop, state kept"""
    stops(k, "while (true) {}")


@check()
def interrupt_loop_after_await(k: Kernel) -> None:
    """an interrupt stops an endless loop after an await, state kept"""
    stops(k, "await new Promise((resolve) => setTimeout(resolve, 20));\nwhile (true) {}")


@check()
def interrupt_microtasks(k: Kernel) -> None:
    """an interrupt stops an endless chain of promises, state kept"""
    stops(k, "while (true) await null;")


@check()
def interrupt_await(k: Kernel) -> None:
    """an interrupt stops a pending await, state kept, and runs the cell's `finally`"""
    stops(k, "var cleaned = false;\ntry { await new Promise(() => {}) } finally { cleaned = true }")
    equal(k.ok("cleaned").value, "true")


@check()
def interrupt_timer(k: Kernel) -> None:
    """an interrupt stops an endless loop in a timer's callback; other timers go on"""
    k.ok("var beats = 0; const beat = setInterval(() => { beats++ }, 5); setTimeout(() => { while (true) {} }, 10); 0")
    time.sleep(0.3)
    k.interrupt()
    k.ok("var before = beats; await new Promise((resolve) => setTimeout(resolve, 100)); before")
    equal(k.ok("clearInterval(beat); beats > before").value, "true")


@check()
def interrupt_printing(k: Kernel) -> None:
    """one interrupt stops a loop that prints, whether or not the client reads, state kept"""
    k.ok("let kept = 7;")
    for code in ("while (true) console.log('x')", "while (true) process.stdout.write('y'.repeat(5000))", "while (true) { console.error('z'); await null }"):
        for reads in (True, False, True):
            msg_id = k.send(code)
            k.read_for(0.7 if reads else 0)
            time.sleep(0 if reads else 0.7)
            started = time.monotonic()
            k.interrupt()
            k.shell(msg_id, started + 5, reading=reads)
            seconds = time.monotonic() - started
            assert seconds < LIMIT, f"{code}: {seconds * 1000:.0f} ms"
            equal(k.collect(k.send("kept"), 60).value, "7")


@check()
def interrupt_child_process(k: Kernel) -> None:
    """an interrupt ends the processes that execSync and spawnSync wait for, no others, state kept"""
    k.ok("import { execSync, spawnSync, spawn } from 'node:child_process'; let kept = 7; const beside = spawn('sleep', ['60']);")
    for code in ("execSync('sleep 60')", "spawnSync('sh', ['-c', 'sleep 60; sleep 60'])", "execSync('sleep 60 & wait')", "execSync(`trap '' INT; sleep 60`)"):
        result, seconds = k.interrupted(code)
        equal(result.reply.get("ename"), "KeyboardInterrupt")
        assert seconds < 2 + LIMIT, f"{code}: {seconds:.1f} s"
        equal(k.ok("kept").value, "7")
    equal(k.ok("[beside.exitCode, beside.signalCode, beside.kill()]").value, "[ null, null, true ]")


@check()
def interrupt_signal_object(k: Kernel) -> None:
    """`interrupt.signal` is aborted"""
    k.ok("var aborted = false;")
    k.interrupted("interrupt.signal.addEventListener('abort', () => { aborted = true }); await new Promise(() => {});")
    equal(k.ok("aborted").value, "true")


@check()
def interrupt_by_signal(k: Kernel) -> None:
    """SIGINT interrupts as the message does"""
    msg_id = k.begin("while (true) {}")
    os.kill(k.pid, signal.SIGINT)
    equal(k.collect(msg_id, 3).reply["status"], "error")
    equal(k.ok("1").reply["status"], "ok")


@check(own_kernel=True)
def second_interrupt(k: Kernel) -> None:
    """what does not stop at the first interrupt ends at the second, and the user reads that"""
    msg_id = k.begin("import { pbkdf2Sync } from 'node:crypto'; pbkdf2Sync('a', 'b', 2**31 - 1, 64, 'sha512');")
    k.interrupt()
    time.sleep(0.5)
    k.interrupt()
    result = k.collect(msg_id, 5)
    failed_and_runs_again(k, result, "process")


@check(own_kernel=True)
def process_exit(k: Kernel) -> None:
    """process.exit fails the cell with what happened; what was printed before is there; cells run again after"""
    result = k.run("console.log('last words'); process.exit(3);")
    equal(result.text(), "last words\n")
    failed_and_runs_again(k, result, "process.exit(3)")


@check(own_kernel=True)
def native_crash(k: Kernel) -> None:
    """a crash of the process fails the cell with the signal; cells run again after"""
    result = k.run("console.log('before'); process.kill(process.pid, 'SIGSEGV'); await new Promise(() => {});")
    equal(result.text(), "before\n")
    failed_and_runs_again(k, result, "SIGSEGV")


@check(own_kernel=True, env={"NODE_OPTIONS": "--max-old-space-size=400"})
def out_of_memory(k: Kernel) -> None:
    """a cell that uses up the memory fails with that reason"""
    result = k.run("const hoard: object[] = []; while (true) hoard.push(new Array(100_000).fill(1.5));", timeout=60)
    equal(result.reply["status"], "error")
    assert "memory" in result.error, result.error


@check(own_kernel=True)
def shutdown_is_quick(k: Kernel) -> None:
    """the kernel ends within half a second although timers and a server are open, and leaves no process"""
    k.ok("import net from 'node:net'; setInterval(() => {}, 10); net.createServer().listen(0, '127.0.0.1'); import { spawn } from 'node:child_process'; spawn('sleep', ['300']); 0")
    family = descendants(k.pid)
    started = time.monotonic()
    k.client.shutdown()
    while alive(k.pid):
        assert time.monotonic() - started < 5, "still there after 5 s"
        time.sleep(0.01)
    seconds = time.monotonic() - started
    gone(family)
    assert seconds < float(os.environ.get("SHUTDOWN_SECONDS", "4")), f"{seconds:.2f} s"


@check(own_kernel=True)
def shutdown_during_loop(k: Kernel) -> None:
    """the kernel ends while a cell loops, and leaves no process"""
    k.ok("0")
    k.begin("while (true) {}")
    family = descendants(k.pid)
    started = time.monotonic()
    reply = k.ask("shutdown_request", {"restart": False}, "control", timeout=5)
    equal(reply["content"]["restart"], False)
    while alive(k.pid):
        assert time.monotonic() - started < 5, "still there after 5 s"
        time.sleep(0.01)
    gone(family)


@check(own_kernel=True)
def killed_kernel_leaves_no_orphan(k: Kernel) -> None:
    """a kernel that is killed takes the process of a looping cell with it"""
    k.ok("0")
    k.begin("while (true) {}")
    family = descendants(k.pid)
    os.kill(k.pid, signal.SIGKILL)
    gone(family)
