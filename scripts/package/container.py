"""Makes a bundle, which container runtimes start, of an OCI image in a tar.

unpack TAR ARCH BUNDLE, then configure BUNDLE USER masked|unconfined CAPABILITIES ARGUMENT...
"""
import hashlib
import io
import json
import sys
import tarfile

# As docker has them: paths that a container may not write, or not see.
READONLY = ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"]
MASKED = ["/proc/kcore", "/proc/keys", "/proc/timer_list", "/proc/scsi", "/sys/firmware"]


def unpack(image, arch, bundle):
    tar = tarfile.open(image)

    def blob(descriptor):
        data = tar.extractfile("./blobs/" + descriptor["digest"].replace(":", "/")).read()
        assert hashlib.sha256(data).hexdigest() == descriptor["digest"].split(":")[1], descriptor
        assert len(data) == descriptor["size"], descriptor
        return data

    outer = json.load(tar.extractfile("./index.json"))
    inner = json.loads(blob(outer["manifests"][0]))
    assert sorted(m["platform"]["architecture"] for m in inner["manifests"]) == ["amd64", "arm64"]
    manifest = json.loads(blob(next(m for m in inner["manifests"] if m["platform"]["architecture"] == arch)))
    config = json.loads(blob(manifest["config"]))
    assert config["architecture"] == arch
    for key in "title", "version", "revision", "created", "licenses":
        assert config["config"]["Labels"]["org.opencontainers.image." + key], key
    for layer, diff in zip(manifest["layers"], config["rootfs"]["diff_ids"], strict=True):
        files = tarfile.open(fileobj=io.BytesIO(blob(layer)))
        files.fileobj.seek(0)
        assert hashlib.sha256(files.fileobj.read()).hexdigest() == diff.split(":")[1]
        files.fileobj.seek(0)
        files.extractall(bundle + "/rootfs")
    with open(bundle + "/image.json", "w") as f:
        json.dump(config["config"], f)


def configure(bundle, user, paths, capabilities, *arguments):
    with open(bundle + "/image.json") as f:
        image = json.load(f)
    caps = capabilities.split()
    mounts = [
        {"destination": "/proc", "type": "proc", "source": "proc"},
        {"destination": "/dev", "type": "tmpfs", "source": "tmpfs", "options": ["nosuid", "mode=755"]},
        {"destination": "/sys", "type": "sysfs", "source": "sysfs", "options": ["nosuid", "noexec", "nodev", "ro"]},
    ]
    with open(bundle + "/config.json", "w") as f:
        json.dump({
            "ociVersion": "1.0.0",
            "process": {
                "user": {"uid": int(user), "gid": int(user)},
                "args": image["Entrypoint"] + list(arguments),
                "env": image["Env"],
                "cwd": image["WorkingDir"],
                "capabilities": {k: caps for k in ("bounding", "effective", "permitted", "inheritable", "ambient")},
                "noNewPrivileges": True,
            },
            "root": {"path": "rootfs"},
            "mounts": mounts,
            "linux": {
                "namespaces": [{"type": t} for t in ("pid", "mount", "ipc", "uts")],
                "readonlyPaths": READONLY if paths == "masked" else [],
                "maskedPaths": MASKED if paths == "masked" else [],
            },
        }, f)


if __name__ == "__main__":
    {"unpack": unpack, "configure": configure}[sys.argv[1]](*sys.argv[2:])
