#include "native/datapath/af_xdp/umem.h"

#include <sys/mman.h>

#include <cerrno>
#include <string>

namespace xlb {
Result<std::unique_ptr<Umem>> Umem::make(const Options& options) {
  const auto [chunks, ring_slots] = options;
  std::unique_ptr<Umem> made(new Umem);
  made->bytes_ = size_t{chunks} * kChunkBytes;
  const std::string attempted = "make " + std::to_string(made->bytes_ >> 20) + " MiB of AF_XDP buffers";
  void* area = ::mmap(nullptr, made->bytes_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (area == MAP_FAILED) return Status::system(attempted, errno);
  made->area_ = static_cast<uint8_t*>(area);

  xsk_umem_config config{};
  config.fill_size = made->ring_slots_ = ring_slots;
  config.comp_size = ring_slots;
  config.frame_size = kChunkBytes;
  const int error =
      xsk_umem__create(&made->umem_, area, made->bytes_, &made->fill_, &made->completion_, &config);
  if (error != 0) {
    made->umem_ = nullptr;
    return Status::system(attempted, -error,
                          error == -ENOBUFS || error == -ENOMEM
                              ? "raise the limit of locked memory (ulimit -l, LimitMEMLOCK= of systemd)"
                              : "");
  }
  made->free_.reserve(chunks);
  for (uint32_t chunk = chunks; chunk > 0; chunk--) made->free_.push_back(uint64_t{chunk - 1} * kChunkBytes);
  return made;
}

Umem::~Umem() {
  if (umem_ != nullptr) xsk_umem__delete(umem_);
  if (area_ != nullptr) ::munmap(area_, bytes_);
}

}  // namespace xlb
