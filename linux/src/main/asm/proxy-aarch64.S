// The syscall proxy, aarch64: read a frame of system calls, make them, send the frame back.
//
// The same loop as proxy-x86_64.S, which documents the frame. aarch64 knows only the generic
// system calls, so the numbers in its frames are those of asm-generic/unistd.h.
//
// Registers: x19 = BUFFER, x20 = the operation, w21 = its indirect mask, w22 = its flags.

        .set    BUFFER, 0x800000
        .set    SIZE, 0x40000

        .text
        .globl  _start
_start:
next:   mov     x19, #BUFFER
        ldr     w0, [x19, #8]           // 0 in fresh memory: the first frame comes from stdin
        mov     x1, x19
        mov     x2, #SIZE
        mov     x8, #63                 // read(next, BUFFER, SIZE)
        svc     #0
        cmp     x0, #0
        b.le    gone                    // end of file: the JVM is gone
        add     x20, x19, #16

perform:
        ldrb    w21, [x20, #2]
        ldrb    w22, [x20, #3]
        ldp     x0, x1, [x20, #8]
        ldp     x2, x3, [x20, #24]
        ldp     x4, x5, [x20, #40]
        tbz     w21, #0, 1f
        ldrsw   x0, [x0]
1:      tbz     w21, #1, 1f
        ldrsw   x1, [x1]
1:      tbz     w21, #2, 1f
        ldrsw   x2, [x2]
1:      tbz     w21, #3, 1f
        ldrsw   x3, [x3]
1:      tbz     w21, #4, 1f
        ldrsw   x4, [x4]
1:      tbz     w21, #5, 1f
        ldrsw   x5, [x5]
1:      ldrh    w8, [x20]
        svc     #0
        str     x0, [x20, #56]
        cbnz    x0, 2f
        ldr     w9, [x20, #4]
        cbz     w9, 2f
        mov     x20, x9                 // the child of a clone goes on elsewhere
        b       perform
2:      cmn     x0, #4095               // errors are -4095 to -1, unsigned the highest
        b.lo    3f
        tbz     w22, #0, reply
3:      tbnz    w22, #1, reply
        add     x20, x20, #64
        b       perform

reply:  ldp     w2, w0, [x19]
        mov     x1, x19
        mov     x8, #64                 // write(reply, BUFFER, length)
        svc     #0
        b       next

gone:   mov     x0, #125
        mov     x8, #94                 // exit_group(125)
        svc     #0
