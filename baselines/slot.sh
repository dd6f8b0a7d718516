#!/bin/sh
# Run a command on the GPU of its slot, so that cells which run at a time have one each.
#
#   ... | xargs -P 4 -n 1 --process-slot-var=REPRO_SLOT sh baselines/slot.sh COMMAND ...
#
# Slot i takes the i-th, counted round, of the devices that may be used: those that
# CUDA_VISIBLE_DEVICES lists (by index or UUID, as Slurm sets it), else all that nvidia-smi does.
# Without devices, or with an xargs that has no slots, the environment stays as it is.
#
# Whatever went wrong becomes exit status 1: after 255, that of DVC, xargs would start nothing more.

nth() { # INDEX DEVICE...
  index=$1
  shift
  [ $# -eq 0 ] || { shift $((index % $#)); echo "$1"; }
}

if [ -n "${REPRO_SLOT:-}" ]; then
  devices=${CUDA_VISIBLE_DEVICES-$(nvidia-smi -L 2>/dev/null | sed -n 's/^GPU \([0-9]*\):.*/\1/p')}
  # shellcheck disable=SC2046  # one word per device
  device=$(nth "$REPRO_SLOT" $(echo "$devices" | tr ',' ' '))
  [ -z "$device" ] || export CUDA_VISIBLE_DEVICES="$device"
fi
"$@" || exit 1
