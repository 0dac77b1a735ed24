# The syscall proxy, x86-64: read a frame of system calls, make them, send the frame back.
#
# Jontainers writes these bytes into a memfd behind an ELF header (ProxyImage.java) and spawns it.
# A test assembles this file and compares. The frame's layout is documented in Frame.java:
#
#   BUFFER +0   u32  length of the reply        operation +0   u16  system call number
#          +4   u32  descriptor to reply on               +2   u8   indirect: bit i = argument i is
#          +8   u32  descriptor to read next                        the address of an int to use
#          +12  u32  0                                    +3   u8   flags: 1 may fail, 2 last
#          +16  operations of 64 bytes                    +4   u32  operation to go on at when the
#                                                                   result is 0 (0: none)
#                                                         +8   i64  six arguments
#                                                         +56  i64  result
#
# Registers: rbx = BUFFER, rbp = the operation, r12 = its indirect mask. No stack is used.

        .set    BUFFER, 0x800000
        .set    SIZE, 0x40000

        .text
        .globl  _start
_start:
next:   mov     $BUFFER, %ebx
        mov     8(%rbx), %edi           # 0 in fresh memory: the first frame comes from stdin
        mov     %ebx, %esi
        mov     $SIZE, %edx
        xor     %eax, %eax              # read(next, BUFFER, SIZE)
        syscall
        test    %rax, %rax
        jle     gone                    # end of file: the JVM is gone
        lea     16(%rbx), %ebp

perform:
        movzbl  2(%rbp), %r12d
        mov     8(%rbp), %rdi
        mov     16(%rbp), %rsi
        mov     24(%rbp), %rdx
        mov     32(%rbp), %r10
        mov     40(%rbp), %r8
        mov     48(%rbp), %r9
        shr     %r12d                   # the lowest bit of the mask goes to the carry flag
        jnc     1f
        movslq  (%rdi), %rdi
1:      shr     %r12d
        jnc     1f
        movslq  (%rsi), %rsi
1:      shr     %r12d
        jnc     1f
        movslq  (%rdx), %rdx
1:      shr     %r12d
        jnc     1f
        movslq  (%r10), %r10
1:      shr     %r12d
        jnc     1f
        movslq  (%r8), %r8
1:      shr     %r12d
        jnc     1f
        movslq  (%r9), %r9
1:      movzwl  (%rbp), %eax
        syscall
        mov     %rax, 56(%rbp)
        test    %rax, %rax
        jnz     2f
        mov     4(%rbp), %ecx
        jrcxz   2f
        mov     %ecx, %ebp              # the child of a clone goes on elsewhere
        jmp     perform
2:      cmp     $-4095, %rax            # errors are -4095 to -1, unsigned the highest
        jb      3f
        testb   $1, 3(%rbp)
        jz      reply
3:      testb   $2, 3(%rbp)
        jnz     reply
        add     $64, %ebp
        jmp     perform

reply:  mov     (%rbx), %edx
        mov     4(%rbx), %edi
        mov     %ebx, %esi
        mov     $1, %eax                # write(reply, BUFFER, length)
        syscall
        jmp     next

gone:   mov     $125, %edi
        mov     $231, %eax              # exit_group(125)
        syscall
