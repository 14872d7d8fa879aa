"""A cluster of Ballista on this machine: a scheduler and executors, each a process of its own, on loopback alone.

    python cluster.py [COMMAND ...]

starts one, tells its address, runs the command with that in `ASSIST_SCHEDULER` (or waits until it is interrupted), and stops it.
"""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

HOST = "127.0.0.1"
# Losses are noticed after so many seconds without a sign of life, which comes every so many.
LOST_AFTER, SIGN_EVERY = 6, 2
READY_WITHIN = 60


def free_port():
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return probe.getsockname()[1]


class Cluster:
    """A scheduler and its executors. `programs` is the folder of the programs of Ballista, `folder` takes logs and work."""

    def __init__(self, programs, folder, executors=2):
        self.programs, self.folder = Path(programs), Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.port, self.executors, self.started = free_port(), [], 0
        self.scheduler = self.begin(
            "scheduler",
            "ballista-scheduler",
            *("--bind-host", HOST, "--external-host", HOST, "--bind-port", self.port),
            *("--min-ready-executors", max(executors, 1), "--executor-timeout-seconds", LOST_AFTER),
            *("--expire-dead-executor-interval-seconds", SIGN_EVERY),
            *("--no-executors-grace-period-seconds", LOST_AFTER),
        )
        for _ in range(executors):
            self.add_executor()
        self.wait_until(lambda: self.ready()[0] == (200 if executors else 503))

    @property
    def address(self):
        return f"df://{HOST}:{self.port}"

    def begin(self, name, program, *arguments, before=()):
        log = open(self.folder / f"{name}.log", "wb")
        command = [*before, self.programs / program, *arguments]
        # A process group of its own: what interrupts this program is not for the cluster.
        return subprocess.Popen(
            list(map(str, command)), stdout=log, stderr=log, stdin=subprocess.DEVNULL, start_new_session=True
        )

    def add_executor(self, before=()):
        """One more; `before` is what its program is run by. Memory is shared with all others of this machine."""
        self.started += 1
        work = self.folder / f"work-{self.started}"
        work.mkdir()
        ports = free_port(), free_port(), free_port()
        process = self.begin(
            f"executor-{self.started}",
            "ballista-executor",
            *("--scheduler-host", HOST, "--scheduler-port", self.port, "--scheduler-connect-timeout-seconds", 30),
            *("--bind-host", HOST, "--external-host", HOST, "--bind-port", ports[0]),
            *("--bind-grpc-port", ports[1], "--bind-health-port", ports[2], "--vcores", 1),
            *("--memory-pool-size", 2 << 30, "--work-dir", work),
            *("--executor-heartbeat-interval-seconds", SIGN_EVERY),
            before=before,
        )
        self.executors.append(process)
        return process

    def ready(self):
        """What the scheduler says of itself: a status, 0 where it does not answer, and words."""
        try:
            with urllib.request.urlopen(f"http://{HOST}:{self.port}/readyz", timeout=2) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()
        except OSError as error:
            return 0, str(error)

    def wait_until(self, is_so):
        end = time.monotonic() + READY_WITHIN
        while not is_so():
            if time.monotonic() > end or self.scheduler.poll() is not None:
                self.stop()
                raise RuntimeError(f"the cluster is not ready: {self.ready()}; its logs are in {self.folder}")
            time.sleep(0.05)

    def stop(self):
        """Executors first, which say that they go; what does not go is killed, and what queries left is removed."""
        for process in [*self.executors, self.scheduler]:
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
        for process in [*self.executors, self.scheduler]:
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        for work in self.folder.glob("work-*"):
            shutil.rmtree(work, ignore_errors=True)


def main():
    folder = tempfile.mkdtemp(prefix="cluster-")
    cluster = Cluster(os.environ["ASSIST_CLUSTER_PROGRAMS"], folder)
    try:
        command = sys.argv[1:]
        print(f"{cluster.address}: a scheduler and {len(cluster.executors)} executors; logs are in {folder}", flush=True)
        if command:
            environment = {**os.environ, "ASSIST_SCHEDULER": cluster.address}
            return subprocess.run(command, env=environment).returncode
        print("Ctrl-C stops them", flush=True)
        signal.pause()
    except KeyboardInterrupt:
        return 0
    finally:
        cluster.stop()


if __name__ == "__main__":
    sys.exit(main())
