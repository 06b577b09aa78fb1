# What the scripts of this folder share. Sourced, not run.

cache=${XDG_CACHE_HOME:-$HOME/.cache}/openib/soft-roce

say() { printf 'soft-roce: %s\n' "$*" >&2; }

fail() {
    say "$*"
    exit 1
}

newest_kernel() { # the version of the newest kernel in the cache, or nothing
    local found
    found=$(ls -d "$cache"/*/vmlinuz 2>/dev/null | sort -V | tail -n 1)
    [ -z "$found" ] || basename "$(dirname "$found")"
}

need_guest() { # sets kernel, or ends with what to do
    kernel=$(newest_kernel)
    if [ -z "$kernel" ] || ! command -v qemu-system-x86_64 >/dev/null; then
        fail "no emulator or kernel for a virtual machine: run tests/soft-roce/install"
    fi
}

fill_share() { # SHARE COMMAND...: what the guest finds in its work folder
    local share=$1
    shift
    mkdir -p "$share/out"
    cp "$here/guest" "$share/"
    export -p | grep -v -E '^declare -[a-z]+ (BASH|SHELL|EUID|UID|PPID|_)' >"$share/environment"
    pwd >"$share/directory"
    printf '%q ' "$@" >"$share/command"
    : >"$share/stdout"
    : >"$share/stderr"
}

make_boot_image() { # FILE: the modules and today's init
    (cd "$here" && echo init | cpio --quiet -o -H newc | gzip) | cat "$cache/$kernel/modules.cpio.gz" - >"$1"
}

guest() { # WORK SHARE CPUS [QEMU-ARGUMENT...]: runs one virtual machine until it ends
    local work=$1 share=$2 cpus=$3
    shift 3
    # Emulation, also where /dev/kvm can be written: nested virtualisation hangs on more than one kind of build machine.
    # shellcheck disable=SC2086
    exec timeout --kill-after=5 "${SOFT_ROCE_TIMEOUT:-900}" qemu-system-x86_64 \
        ${SOFT_ROCE_ACCELERATOR:--accel tcg,thread=multi -cpu max} -smp "$cpus" -m "${SOFT_ROCE_MEMORY:-3G}" \
        -nodefaults -no-user-config -display none -no-reboot -kernel "$cache/$kernel/vmlinuz" -initrd "$work/initramfs" \
        -append 'console=ttyS0 quiet panic=-1 mitigations=off' -serial "file:$share.console" \
        -virtfs local,path=/,mount_tag=host,security_model=none,readonly=on,multidevs=remap \
        -virtfs "local,path=$share,mount_tag=work,security_model=none,multidevs=remap" "$@" </dev/null
}
