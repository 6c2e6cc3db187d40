"""The manifests for Kubernetes, as the kubectl of this release renders them.

Nothing here runs them: a cluster is not part of a release. tests/image plays the pod.
"""

import re
import unittest
from pathlib import Path
from typing import Any

import yaml
from case import PROJECT, SystemTest
from processes import guarded
from root import root_for

MANIFESTS = PROJECT / "docs" / "kubernetes"
RENDERED = Path(__file__).with_name("manifests")
# In a mount namespace of its own, so that nothing of the root changes.
KUSTOMIZE = 'mount --bind "$2" "$1/mnt" && exec chroot "$1" kubectl kustomize "/mnt/$3"'


def objects(text: str) -> dict[str, Any]:
    """Returns "Kind name" -> object, without the empty maps that one version writes and the other does not."""
    found = {}
    for each in yaml.safe_load_all(text):
        each["metadata"] = {key: value for key, value in each["metadata"].items() if value != {}}
        found[f"{each['kind']} {each['metadata']['name']}"] = each
    return found


class Manifests(unittest.TestCase):
    maxDiff = None

    def rendered(self, name: str) -> str:
        root = root_for(SystemTest.release)
        with root.shared():
            return guarded(["unshare", "--mount", "sh", "-c", KUSTOMIZE, "sh", root.folder, MANIFESTS, name]).stdout

    def check(self, name: str) -> dict[str, Any]:
        """Compares with the recorded objects; the hash of the file in a name is this version's own."""
        text = self.rendered(name)
        hashes = set(re.findall(r"\byodeld-([a-z0-9]{10})\b", text))
        self.assertEqual(len(hashes), 1, "the Deployment has the name of the ConfigMap")
        found = objects(text.replace(f"yodeld-{hashes.pop()}", "yodeld-HASH"))
        self.assertEqual(found, objects((RENDERED / f"{name}.yaml").read_text(encoding="utf-8")))
        settings = found["ConfigMap yodeld-HASH"]["data"]["yodeld.toml"]
        self.assertEqual(settings, (MANIFESTS / name / "yodeld.toml").read_text(encoding="utf-8"))
        return found

    def test_the_base_is_as_recorded(self) -> None:
        self.check("base")

    def test_the_overlay_is_as_recorded(self) -> None:
        found = self.check("behind-haproxy")
        self.assertEqual({each["metadata"]["namespace"] for each in found.values()}, {"yodel"})

    def test_the_pod_has_the_restricted_security_context(self) -> None:
        """What the profile "restricted" of the Pod Security Standards asks for, and a root file system that is
        read-only besides."""
        for name in ("base", "behind-haproxy"):
            spec = self.check(name)["Deployment yodeld"]["spec"]["template"]["spec"]
            pod = spec["securityContext"]
            self.assertTrue(pod["runAsNonRoot"])
            self.assertNotEqual(pod["runAsUser"], 0)
            self.assertEqual(pod["seccompProfile"], {"type": "RuntimeDefault"})
            self.assertFalse({"hostNetwork", "hostPID", "hostIPC"} & spec.keys())
            self.assertLessEqual({kind for volume in spec["volumes"] for kind in volume.keys() - {"name"}},
                                 {"configMap", "emptyDir"})
            for container in spec["containers"]:
                self.assertEqual(container["securityContext"],
                                 {"allowPrivilegeEscalation": False, "readOnlyRootFilesystem": True,
                                  "capabilities": {"drop": ["ALL"]}})


if __name__ == "__main__":
    unittest.main()
