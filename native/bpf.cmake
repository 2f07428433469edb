# The XDP program: bpf/xlb.bpf.c -> build/xlb.bpf.o -> build/generated/xlb.skel.h, which native/kernel embeds.
set(XLB_BPF_SOURCE ${XLB_ROOT}/bpf/xlb.bpf.c)
if(NOT EXISTS ${XLB_BPF_SOURCE})
  return()
endif()

# clang 14 (Debian 12's default) still compiles for BPF; a newer one makes the better code.
find_program(XLB_BPF_CLANG NAMES clang-19 clang-20 clang-18 clang-17 clang-16 clang REQUIRED)
file(GLOB XLB_BPFTOOL_DIRS /usr/lib/linux-tools*/*)
find_program(XLB_BPFTOOL NAMES bpftool PATHS /usr/sbin ${XLB_BPFTOOL_DIRS} REQUIRED)

set(XLB_BUILD ${XLB_ROOT}/build)
set(XLB_BPF_OBJECT ${XLB_BUILD}/xlb.bpf.o)
set(XLB_BPF_SKELETON ${XLB_BUILD}/generated/xlb.skel.h)
file(MAKE_DIRECTORY ${XLB_BUILD}/generated)

# <linux/*.h> includes <asm/*.h>, which Debian keeps per architecture; -target bpf does not look there.
set(XLB_ASM_HEADERS /usr/include/${CMAKE_CXX_LIBRARY_ARCHITECTURE})

add_custom_command(
  OUTPUT ${XLB_BPF_OBJECT}
  COMMAND ${XLB_BPF_CLANG} -target bpf -mcpu=v3 -O2 -g -std=gnu11 -Wall -Wextra -Wno-unused-parameter -Werror
          -I${XLB_ROOT} -idirafter ${XLB_ASM_HEADERS}
          -MD -MF ${CMAKE_CURRENT_BINARY_DIR}/xlb.bpf.d -MT ${XLB_BPF_OBJECT}
          -c ${XLB_BPF_SOURCE} -o ${XLB_BPF_OBJECT}
  DEPENDS ${XLB_BPF_SOURCE}
  DEPFILE ${CMAKE_CURRENT_BINARY_DIR}/xlb.bpf.d
  COMMENT "BPF xlb.bpf.o"
  VERBATIM)
add_custom_command(
  OUTPUT ${XLB_BPF_SKELETON}
  COMMAND ${XLB_BPFTOOL} gen skeleton ${XLB_BPF_OBJECT} name xlb_bpf > ${XLB_BPF_SKELETON}.tmp
  COMMAND ${CMAKE_COMMAND} -E rename ${XLB_BPF_SKELETON}.tmp ${XLB_BPF_SKELETON}
  DEPENDS ${XLB_BPF_OBJECT}
  COMMENT "BPF xlb.skel.h"
  VERBATIM)
add_custom_target(xlb_bpf DEPENDS ${XLB_BPF_OBJECT} ${XLB_BPF_SKELETON})

add_dependencies(xlb xlb_bpf)
target_include_directories(xlb SYSTEM PRIVATE ${XLB_BUILD}/generated)
