#include "annoyForest.h"

namespace familiar {

thread_local const std::atomic<bool> *BuildPolicy::cancelled = nullptr;
thread_local BuildPolicy::Held BuildPolicy::held;

namespace {

bool syncToDisk(FILE *file) {
#if defined(_WIN32)
  return _commit(_fileno(file)) == 0;
#else
  return fsync(fileno(file)) == 0;
#endif
}

void writeNodes(FILE *file, const char *nodes, size_t size, const std::atomic<bool> &cancelled) {
  const size_t slice = size_t(8) << 20;
  for (size_t offset = 0; offset < size; offset += slice) {
    if (cancelled.load()) {
      throw Cancelled();
    }
    const size_t length = std::min(slice, size - offset);
    if (fwrite(nodes + offset, 1, length, file) != length) {
      throw systemError("cannot write the index");
    }
  }
  if (fflush(file) != 0 || !syncToDisk(file)) {
    throw systemError("cannot write the index to the disk");
  }
}

} // namespace

void Forest::save(const char *path, const std::atomic<bool> &cancelled) const {
  // "x": a file that somebody else is using is never written over.
  FILE *file = fopen(path, "wbx");
  if (file == nullptr) {
    throw systemError("cannot create the index file");
  }
  try {
    writeNodes(file, static_cast<const char *>(_nodes), _s * static_cast<size_t>(_n_nodes),
               cancelled);
  } catch (...) {
    fclose(file);
    remove(path);
    throw;
  }
  if (fclose(file) != 0) {
    const std::runtime_error error = systemError("cannot close the index file");
    remove(path);
    throw error;
  }
}

void Forest::load(const char *path, int32_t count, int32_t trees) {
  const int file = open(path, O_RDONLY | O_BINARY);
  if (file == -1) {
    throw systemError("cannot open the index file");
  }
  // From here on `unload`, which the destructor calls, closes the file and the mapping. Annoy
  // takes 0 for "no file", so that number cannot be used.
  if (file == 0) {
    close(file);
    throw std::runtime_error("cannot open the index file: standard input is closed");
  }
  const int64_t size = lseek_getsize(file);
  const int64_t nodeSize = static_cast<int64_t>(_s);
  const int64_t nodes = size / nodeSize;
  if (size <= 0 || size % nodeSize != 0 || nodes > std::numeric_limits<int32_t>::max() ||
      nodes < static_cast<int64_t>(count) + 2 * static_cast<int64_t>(trees)) {
    close(file);
    throw Damaged("the file has the wrong size");
  }
  void *memory = mmap(nullptr, static_cast<size_t>(size), PROT_READ, MAP_SHARED, file, 0);
  if (memory == MAP_FAILED) {
    close(file);
    throw systemError("cannot map the index file");
  }
  _fd = file;
  _nodes = memory;
  _n_nodes = static_cast<int32_t>(nodes);
  _n_items = count;
  _loaded = true;
  _built = true;
  try {
    checkStructure(count);
  } catch (...) {
    unload();
    throw;
  }
  // Annoy guesses the roots from the end of the file; the manifest knows how many there are.
  for (int32_t i = 0; i < trees; i++) {
    _roots.push_back(_n_nodes - trees + i);
    if (_get(_roots.back())->n_descendants != count) {
      unload();
      throw Damaged("a tree does not hold every vector");
    }
  }
}

// What makes Annoy's search safe on a mapped file, without reading the vectors: all numbers lie
// inside the file; children precede their parents, so there is no cycle; and every node holds as
// many vectors as its children together, which bounds the length of any walk by count · trees.
void Forest::checkStructure(int32_t count) const {
  for (int32_t i = count; i < _n_nodes; i++) {
    checkNode(i, count);
  }
}

void Forest::checkNode(int32_t index, int32_t count) const {
  const Node *node = _get(index);
  const int32_t held = node->n_descendants;
  if (held < 1 || held > count) {
    throw Damaged("a node holds an impossible number of vectors");
  }
  if (held <= _K) {
    for (int32_t i = 0; i < held; i++) {
      if (node->children[i] < 0 || node->children[i] >= count) {
        throw Damaged("a node names a vector that does not exist");
      }
    }
    return;
  }
  int64_t below = 0;
  for (int side = 0; side < 2; side++) {
    const int32_t child = node->children[side];
    if (child < 0 || child >= index) {
      throw Damaged("a node names a child that does not precede it");
    }
    const int32_t childHeld = _get(child)->n_descendants;
    // A vector among the items holds itself; anything else there would be read as a node.
    if (childHeld < 1 || (child < count && childHeld != 1)) {
      throw Damaged("a node names a child that is no node");
    }
    below += childHeld;
  }
  if (below != held) {
    throw Damaged("a node and its children disagree");
  }
}

} // namespace familiar
