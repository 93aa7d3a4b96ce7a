#!/bin/busybox sh
# The first process in the emulated Pi: sets the clock, for there is no network yet, loads what the SD card needs, goes over to it.
/bin/busybox --install -s /bin
mount -t proc proc /proc
mount -t devtmpfs dev /dev
for word in $(cat /proc/cmdline); do
	case $word in now=*) date -s "@${word#now=}" >/dev/null ;; esac
done
while read -r module; do insmod "/modules/$module"; done < /modules/order
while ! mount -t ext4 -o noatime /dev/mmcblk0 /root 2>/dev/null; do sleep 0.05; done
umount /proc
mount --move /dev /root/dev
exec switch_root /root /sbin/init
