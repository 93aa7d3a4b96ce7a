#!/bin/bash
# Makes a folder the root of its own namespaces and starts systemd there: `unshare … boot.sh FOLDER`. What systemd could
# change of the computer itself (kernel settings, modules, clock) it is not let.
set -eu
root=$1
mount --make-rprivate /
mount --bind "$root" "$root"
cd "$root"
mount -t proc proc proc
mount -t sysfs -o ro,nosuid,nodev,noexec sysfs sys
mount -t cgroup2 cgroup2 sys/fs/cgroup
mount -t tmpfs -o mode=755 tmpfs dev
while read -r name major minor; do
    mknod -m 666 "dev/$name" c "$major" "$minor"
done <<'DEVICES'
null 1 3
zero 1 5
full 1 7
random 1 8
urandom 1 9
tty 5 0
ttyS0 4 64
fuse 10 229
DEVICES
mkdir dev/pts dev/shm
mount -t devpts -o newinstance,ptmxmode=0666,mode=620,gid=5 devpts dev/pts
ln -s pts/ptmx dev/ptmx
ln -s /proc/self/fd dev/fd
mount -t tmpfs -o mode=1777 tmpfs dev/shm
mount -t tmpfs -o mode=755 tmpfs run
mount -t tmpfs -o mode=1777 tmpfs tmp
mount --bind proc/sys proc/sys
mount -o remount,ro,bind proc/sys
mkdir -p old
pivot_root . old
umount -l /old
mount --make-rshared / # as systemd itself does outside of containers; credentials need it
exec setpriv --bounding-set=-sys_module,-sys_time,-sys_boot,-syslog --inh-caps=-sys_module,-sys_time,-sys_boot,-syslog \
    env -i container=other PATH=/usr/sbin:/usr/bin:/sbin:/bin /sbin/init
