# The BPF programs: the packet path, at XDP and at tc, which native/kernel embeds, and the benchmark's, which
# native/generator does.
set(XLB_BPF_SOURCE ${XLB_ROOT}/bpf/xlb.bpf.c)
if(NOT EXISTS ${XLB_BPF_SOURCE})
  return()
endif()

# clang 14 (Debian 12's default) still compiles for BPF; a newer one makes the better code.
find_program(XLB_BPF_CLANG NAMES clang-19 clang-20 clang-18 clang-17 clang-16 clang REQUIRED)
file(GLOB XLB_BPFTOOL_DIRS /usr/lib/linux-tools*/*)
find_program(XLB_BPFTOOL NAMES bpftool PATHS /usr/sbin ${XLB_BPFTOOL_DIRS} REQUIRED)

set(XLB_BUILD ${XLB_ROOT}/build)
file(MAKE_DIRECTORY ${XLB_BUILD}/generated)

# What libbpf's headers call the machine; the program asks it how stores are ordered (bpf/core/platform_kernel.h).
if(CMAKE_SYSTEM_PROCESSOR STREQUAL "x86_64")
  set(XLB_BPF_ARCH -D__TARGET_ARCH_x86)
endif()

# <linux/*.h> includes <asm/*.h>, which Debian keeps per architecture; -target bpf does not look there.
set(XLB_ASM_HEADERS /usr/include/${CMAKE_CXX_LIBRARY_ARCHITECTURE})

# FOLDER/NAME.bpf.c -> build/NAME.bpf.o -> build/generated/NAME.skel.h, which declares struct NAME_bpf.
function(xlb_bpf_program source)
  get_filename_component(name ${source} NAME_WE)
  set(object ${XLB_BUILD}/${name}.bpf.o)
  set(skeleton ${XLB_BUILD}/generated/${name}.skel.h)
  add_custom_command(
    OUTPUT ${object}
    COMMAND ${XLB_BPF_CLANG} -target bpf -mcpu=v3 ${XLB_BPF_ARCH} -O2 -g -std=gnu11
            -Wall -Wextra -Wno-unused-parameter -Werror
            -I${XLB_ROOT} -idirafter ${XLB_ASM_HEADERS}
            -MD -MF ${CMAKE_CURRENT_BINARY_DIR}/${name}.bpf.d -MT ${object}
            -c ${source} -o ${object}
    DEPENDS ${source}
    DEPFILE ${CMAKE_CURRENT_BINARY_DIR}/${name}.bpf.d
    COMMENT "BPF ${name}.bpf.o"
    VERBATIM)
  add_custom_command(
    OUTPUT ${skeleton}
    COMMAND ${XLB_BPFTOOL} gen skeleton ${object} name ${name}_bpf > ${skeleton}.tmp
    COMMAND ${CMAKE_COMMAND} -E rename ${skeleton}.tmp ${skeleton}
    DEPENDS ${object}
    COMMENT "BPF ${name}.skel.h"
    VERBATIM)
  add_custom_target(${name}_bpf DEPENDS ${object} ${skeleton})
  add_dependencies(xlb ${name}_bpf)
endfunction()

xlb_bpf_program(${XLB_BPF_SOURCE})
xlb_bpf_program(${XLB_ROOT}/bpf/xlb_tc.bpf.c)
xlb_bpf_program(${XLB_ROOT}/bench/generator.bpf.c)
target_include_directories(xlb SYSTEM PRIVATE ${XLB_BUILD}/generated)
