# What the scripts of this folder share. Sourced, not run.

# The image of the kernel's modules depends on the script that makes it.
cache=${XDG_CACHE_HOME:-$HOME/.cache}/openib/soft-roce/$(cksum <"$here/make-initramfs" | cut -d ' ' -f 1)

say() { printf 'soft-roce: %s\n' "$*" >&2; }

fail() {
    say "$*"
    exit 1
}

stop() { # STATUS: ends with it, after what was started in the background
    local children
    children=$(jobs -p)
    # shellcheck disable=SC2086
    [ -z "$children" ] || kill $children 2>/dev/null || true
    wait
    exit "$1"
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

begin_work() { # sets work, a folder that lives as long as the script, and pids, which end with it
    work=$(mktemp -d "${TMPDIR:-/tmp}/soft-roce.XXXXXX")
    pids=()
    trap end_work EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM
    make_boot_image "$cache/$kernel/modules.cpio.gz" "$work/initramfs"
    choose_accelerator
}

end_work() {
    [ ${#pids[@]} = 0 ] || kill "${pids[@]}" 2>/dev/null || true
    wait
    rm -rf "$work"
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

make_boot_image() { # BASE FILE: what is in the base, and today's init
    (cd "$here" && echo init | cpio --quiet -o -H newc | gzip) | cat "$1" - >"$2"
}

# An older processor is cheaper to emulate than "max", which has wide registers to save and a fifth level of page tables.
emulation='-accel tcg,thread=multi -cpu Nehalem'
virtualisation='-accel kvm -cpu host'

virtualisation_works() {
    (accelerator=$virtualisation machine 2 256M "$work/trial.console" soft_roce=trial 15) >/dev/null || true
    grep -qs 'soft-roce: alive' "$work/trial.console"
}

# An emulated machine has one processor: code that one changes while another runs it, as a JVM's compilers do, is not emulated
# faithfully. Of two, one was seen to run the first byte of an old instruction with the rest of the new one.
choose_accelerator() { # sets accelerator, virtualisation where it really works, which only a trial can tell, and processors
    accelerator=${SOFT_ROCE_ACCELERATOR:-}
    if [ -z "$accelerator" ]; then
        accelerator=$emulation
        if [ ! -w /dev/kvm ]; then
            say 'the processor is emulated: there is no /dev/kvm to write to'
        elif virtualisation_works 2>/dev/null; then
            accelerator=$virtualisation
            say 'the processors are virtual, by /dev/kvm'
        else
            say 'the processor is emulated: /dev/kvm is there, but a trial with it failed'
        fi
    fi
    processors=${SOFT_ROCE_PROCESSORS:-2}
    case $accelerator in
        *tcg*)
            export SOFT_ROCE_EMULATED=1
            processors=${SOFT_ROCE_PROCESSORS:-1}
            ;;
    esac
}

# The clock is not the emulated processor's own, whose rate the kernel has to measure: on a busy machine it measures it wrongly.
machine() { # CPUS MEMORY CONSOLE KERNEL-ARGUMENT SECONDS [QEMU-ARGUMENT...]: becomes a virtual machine; for a subshell
    local cpus=$1 memory=$2 console=$3 argument=$4 seconds=$5
    shift 5
    # shellcheck disable=SC2086
    exec timeout --kill-after=5 "$seconds" qemu-system-x86_64 $accelerator -smp "$cpus" -m "$memory" \
        -nodefaults -no-user-config -display none -no-reboot -kernel "$cache/$kernel/vmlinuz" -initrd "$work/initramfs" \
        -append "console=ttyS0 quiet panic=-1 mitigations=off clocksource=hpet $argument" -serial "file:$console" "$@" </dev/null
}

guest() { # SHARE CPUS [QEMU-ARGUMENT...]: becomes a virtual machine with the host's files and its work folder
    local share=$1 cpus=$2
    shift 2
    machine "$cpus" "${SOFT_ROCE_MEMORY:-3G}" "$share.console" soft_roce=guest "${SOFT_ROCE_TIMEOUT:-900}" \
        -virtfs local,path=/,mount_tag=host,security_model=none,readonly=on,multidevs=remap \
        -virtfs "local,path=$share,mount_tag=work,security_model=none,multidevs=remap" "$@"
}

show() { # FILE PID PREFIX: prints what is written to the file until the process ends
    tail -q -s 0.2 --pid="$2" -f "$1" | sed -u "s/^/$3/"
}

status_of() { # SHARE QEMU-STATUS: sets status, and tells what went wrong
    status=$(cat "$1/status" 2>/dev/null || echo 1)
    if [ "$2" = 124 ] || [ "$2" = 137 ]; then
        say "stopped after ${SOFT_ROCE_TIMEOUT:-900} s (SOFT_ROCE_TIMEOUT); the last that was written in there:"
        tail -n 15 "$1.console" "$1"/out/*.log >&2 2>/dev/null || true
        status=1
    elif [ ! -s "$1/status" ]; then
        say 'the virtual machine ended before the command did'
    fi
}

keep_console() { # SHARE NAME
    local kept=${SOFT_ROCE_RESULTS:-${TMPDIR:-/tmp}}/soft-roce-console.$$$2.log
    mkdir -p "$(dirname "$kept")"
    cp "$1.console" "$kept"
    say "the console of the virtual machine is in $kept"
}
