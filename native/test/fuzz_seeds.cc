// Writes the fuzzer's first stories, one file each, into the folder named by the argument: every kind of
// frame to every virtual server, full tables, changes while flows live. What the bytes mean: fuzz_forward.cc.
#include <cstdint>
#include <cstdio>
#include <string>
#include <vector>

namespace {

using Story = std::vector<uint8_t>;

constexpr uint8_t kFrame = 0, kBurst = 0xa8, kSeconds = 0xba, kSet = 0xd0, kRemove = 0xe8, kNexthop = 0xec,
                  kSweep = 0xf4, kAdopt = 0xfe;

void frame(Story* story, uint8_t what, uint8_t client, uint8_t shape, uint8_t more = 0, uint8_t damage = 0) {
  for (const uint8_t byte : {kFrame, what, client, shape, more, damage}) story->push_back(byte);
}

void add(Story* story, std::initializer_list<uint8_t> bytes) { story->insert(story->end(), bytes); }

// SYN, ACK, FIN, RST of one client to each virtual server; errors and fragments about them.
Story conversation(uint8_t shape) {
  Story story;
  for (uint8_t server = 0; server < 8; server++) {
    for (const uint8_t flags : {0, 1, 3, 5})
      frame(&story, 0x80 | server, 5, static_cast<uint8_t>(shape | flags));
    frame(&story, 0x80 | server, 6, shape);
    for (uint8_t kind = 2; kind < 5; kind++)
      frame(&story, static_cast<uint8_t>(kind * 8 + server), 6, shape, 0x25);
  }
  return story;
}

Story full_table() {
  Story story;
  for (uint8_t i = 0; i < 16; i++) add(&story, {kBurst, i, i, 0, 120});
  add(&story, {kSeconds, 61});
  for (uint8_t i = 0; i < 8; i++) add(&story, {kBurst, i, 40, 0, 100});
  add(&story, {kSweep, kSeconds, 200, kSweep, kSet, 0, 0, 1, 1, 1, 1, 1, 1});
  return story;
}

Story changes() {
  Story story = conversation(0);
  add(&story,
      {kRemove, 0, kRemove, 3, kSweep, kSeconds, 200, kSweep, kAdopt, kSet, 0, 1, 255, 3, 200, 120, 0, 9});
  add(&story, {kNexthop, 0, 0, kNexthop, 0x81, 2, kSet, 3, 3, 5, 0, 255, 1, 1, 1});
  const Story again = conversation(0);
  story.insert(story.end(), again.begin(), again.end());
  return story;
}

// One byte of the headers wrong.
Story damaged() {
  Story story;
  for (uint8_t server = 0; server < 8; server++)
    for (uint8_t place = 12; place < 60; place += 4) {
      frame(&story, 0x80 | server, 9, 0, 0, 0x24);
      add(&story, {place, 0xff});
    }
  return story;
}

// Cut short at every byte; and whole, while the IP header says that it is shorter.
Story cut(uint8_t server) {
  Story story;
  for (uint8_t place = 0; place < 100; place++) {
    frame(&story, server, place, 0, 0, 0x40);
    story.push_back(place);
  }
  for (uint8_t bytes = 0; bytes < 28; bytes++) {
    frame(&story, server, bytes, 0, 0, 0x80);
    story.push_back(bytes);
  }
  return story;
}

bool write(const std::string& path, const Story& story) {
  std::FILE* file = std::fopen(path.c_str(), "wb");
  if (file == nullptr) return false;
  const bool whole = std::fwrite(story.data(), 1, story.size(), file) == story.size();
  return std::fclose(file) == 0 && whole;
}

}  // namespace

int main(int count, char** arguments) {
  if (count != 2) return 1;
  std::vector<Story> stories{full_table(), changes(), damaged()};
  for (const uint8_t server : {0x80, 0x82, 0x84, 0x85, 0x10, 0x12, 0x18}) stories.push_back(cut(server));
  for (const uint8_t shape : {0x00, 0x08, 0x10, 0x20, 0xe8}) stories.push_back(conversation(shape));
  for (size_t i = 0; i < stories.size(); i++)
    if (!write(std::string(arguments[1]) + "/seed" + std::to_string(i), stories[i])) return 1;
  return 0;
}
