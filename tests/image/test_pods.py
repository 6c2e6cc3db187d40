"""Two pods of the manifests, as podman plays them, behind the balancers: replaced one after the other under load.

podman 4.3 plays neither a Service nor a NetworkPolicy, a PodDisruptionBudget, a readiness probe or preStop, and runs a
liveness probe only with a shell: the tests of the system render these, and this one runs the probes' commands.
"""

import unittest
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml
from balanced import ClusterTest
from cluster import BALANCERS, CLIENT, Cluster, Server
from daemon import PATIENCE, PROJECT, Journal, Record
from namespaces import Namespace
from podman import Container, Podman
from processes import guarded, wait_until

MANIFESTS = PROJECT / "docs" / "kubernetes"


def manifest(name: str) -> Any:
    return yaml.safe_load((MANIFESTS / name).read_text(encoding="utf-8"))


class Pod:
    """A pod of the Deployment, on a network of its own."""

    def __init__(self, podman: Podman, machine: Namespace, name: str, folder: Path) -> None:
        self._podman = podman
        self._file = folder / f"{name}.yaml"
        settings = (MANIFESTS / "behind-haproxy" / "yodeld.toml").read_text(encoding="utf-8")
        config = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name},
                  "data": {"yodeld.toml": settings}}
        deployment = manifest("base/deployment.yaml")
        deployment["metadata"]["name"] = name
        deployment["spec"]["replicas"] = 1
        spec = deployment["spec"]["template"]["spec"]
        # The network is that of the machine, so nothing has to be forwarded.
        spec["hostNetwork"] = True
        (container,) = spec["containers"]
        del container["ports"]
        # To podman these are names in its store, which all pods share.
        (settings_volume,) = [each for each in spec["volumes"] if "configMap" in each]
        settings_volume["configMap"]["name"] = name
        for each in (*spec["volumes"], *container["volumeMounts"]):
            each["name"] = f"{name}-{each['name']}"
        self._file.write_text(yaml.safe_dump_all([config, deployment]), encoding="utf-8")
        podman.run("play", "kube", self._file, namespace=machine)
        self._name = f"{name}-pod-0"
        self.container = Container(podman, f"{self._name}-{container['name']}")
        self.container.wait_until_ready()
        for probe in ("readinessProbe", "livenessProbe"):
            said = self.container.exec(*container[probe]["exec"]["command"]).stdout
            assert said.startswith("welcome\nhello, "), said

    def stop(self) -> None:
        """Ends it as Kubernetes does, with SIGTERM and time to end, and removes it."""
        self._podman.run("pod", "stop", "--time=30", self._name)
        status = self.container.inspect(".State.ExitCode")
        assert status == "0", f"status {status}\n{self.container.log()}"
        self.container.records()
        self._podman.run("play", "kube", "--down", self._file)

    def close(self) -> None:
        self._podman.run("pod", "rm", "--force", "--time=0", self._name, status=None)

    def record(self, **fields: str | int) -> Record:
        return self.container.record(**fields)


class PodCluster(Cluster):
    """The cluster with a pod instead of a daemon on each server."""

    def __init__(self, podman: Podman, journal: Journal, folder: Path) -> None:
        self._podman = podman
        self._folder = folder
        self.pods: list[Pod] = []  # also those that are gone
        super().__init__(journal, folder)

    def server(self, number: int) -> Server:
        self.pods.append(Pod(self._podman, self.machines[number].namespace, f"yodeld-{number + 1}", self._folder))
        return self.pods[-1]

    def records(self, **fields: str) -> list[Record]:
        return [record for pod in self.pods for record in pod.container.records(**fields)]


class Pods(ClusterTest):
    cluster: PodCluster

    @cached_property
    def podman(self) -> Podman:
        podman = Podman(self.folder)
        self.addCleanup(podman.close)
        return podman

    def make_cluster(self) -> Cluster:
        return PodCluster(self.podman, self.journal, self.folder)

    def test_one_that_is_killed_starts_again_beside_the_socket_that_it_left(self) -> None:
        """A container that is restarted keeps the pod's emptyDir, and with it the socket of the probes."""
        container = self.cluster.pods[0].container
        before = container.inspect(".State.Pid")
        guarded(["kill", "-KILL", before])
        wait_until(lambda: container.inspect(".State.Pid") not in ("0", before), "a restart", PATIENCE)
        (spec,) = manifest("base/deployment.yaml")["spec"]["template"]["spec"]["containers"]
        probe = spec["readinessProbe"]["exec"]["command"]
        wait_until(lambda: container.exec(*probe, status=None).status == 0, "it to be ready", PATIENCE)
        # podman does not run it before it stops a container.
        said = container.exec(*spec["lifecycle"]["preStop"]["exec"]["command"]).stdout
        self.assertIn("2 sent, 2 received, 0 wrong, 0 lost (0%)", said)

    def test_they_are_replaced_one_after_the_other_and_refuse_nobody(self) -> None:
        load = self.load()
        for number in range(len(self.cluster.servers)):
            with self.subTest(server=number + 1):
                self.drain(number)
                self.cluster.servers[number].stop()
                self.wait_for_dialogues(20)
                self.cluster.servers[number] = self.cluster.server(number)
                self.put_back(number)
                pod = self.cluster.pods[-1]
                wait_until(lambda pod=pod: pod.container.records(PEER_ADDRESS=CLIENT), "it to serve", PATIENCE)
        run = self.end(load)
        self.assertEqual(run["failed"], 0, run["errors"])
        record = self.cluster.pods[-1].record(PEER_ADDRESS=CLIENT)
        self.assertEqual(record["YODEL_PROXY_ADDRESS"], BALANCERS[0])
        self.assertEqual(sum("crashed" in each["MESSAGE"] for each in self.cluster.records()), 0)


if __name__ == "__main__":
    unittest.main()
