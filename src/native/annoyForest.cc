#include "annoyForest.h"

#include <numeric>

#include "files.h"

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
  FILE *file = createFile(path);
  if (file == nullptr) {
    throw systemError("cannot create the index file");
  }
  try {
    writeNodes(file, static_cast<const char *>(_nodes), _s * static_cast<size_t>(_n_nodes),
               cancelled);
  } catch (...) {
    fclose(file);
    removeFile(path);
    throw;
  }
  if (fclose(file) != 0) {
    const std::runtime_error error = systemError("cannot close the index file");
    removeFile(path);
    throw error;
  }
}

void Forest::load(const char *path, int32_t count, int32_t trees) {
  const int file = openFile(path);
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
  rowCodes();
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
  const int32_t *children = childrenOf(node);
  const int32_t held = node->n_descendants;
  if (held < 1 || held > count) {
    throw Damaged("a node holds an impossible number of vectors");
  }
  if (held <= _K) {
    for (int32_t i = 0; i < held; i++) {
      if (children[i] < 0 || children[i] >= count) {
        throw Damaged("a node names a vector that does not exist");
      }
    }
    return;
  }
  int64_t below = 0;
  for (int side = 0; side < 2; side++) {
    const int32_t child = children[side];
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

// Made when they are first needed: a forest that is only built and saved needs none.
const RowCodes &Forest::rowCodes() const {
  std::call_once(coded, [this] {
    codes = std::make_unique<RowCodes>(_n_items, _f, [this](int32_t i) { return _get(i)->v; });
  });
  return *codes;
}

// Annoy's walk (https://github.com/spotify/annoy): of all trees at once, the part on the query's
// side, or the least far beyond a plane, comes first. Annoy counts a row again for every tree that
// shows it; here `searchK` rows are different ones, whatever the number of trees.
std::vector<int32_t> Forest::gather(const float *query, size_t searchK) const {
  std::vector<int32_t> rows;
  if (searchK >= static_cast<size_t>(_n_items)) {
    rows.resize(static_cast<size_t>(_n_items));
    std::iota(rows.begin(), rows.end(), 0);
    return rows;
  }
  std::priority_queue<std::pair<float, int32_t>> open;
  for (const int32_t root : _roots) {
    open.emplace(std::numeric_limits<float>::infinity(), root);
  }
  std::vector<uint64_t> seen((static_cast<size_t>(_n_items) + 63) / 64);
  size_t found = 0;
  const auto take = [&seen, &found](int32_t row) {
    uint64_t &word = seen[static_cast<size_t>(row) / 64];
    const uint64_t bit = uint64_t(1) << (row % 64);
    found += (word & bit) == 0 ? 1 : 0;
    word |= bit;
  };
  while (found < searchK && !open.empty()) {
    const auto [nearness, index] = open.top();
    open.pop();
    const Node *node = _get(index);
    if (index < _n_items) {
      take(index);
    } else if (node->n_descendants <= _K) {
      const int32_t *children = childrenOf(node);
      std::for_each(children, children + node->n_descendants, take);
    } else {
      const float margin = dotProduct(node->v, query, _f);
      open.emplace(std::min(nearness, margin), childrenOf(node)[1]);
      open.emplace(std::min(nearness, -margin), childrenOf(node)[0]);
    }
  }
  // In ascending order: memory is read from front to back, which is much faster than here and there.
  rows.reserve(found);
  for (int32_t row = 0; row < _n_items; row++) {
    if ((seen[static_cast<size_t>(row) / 64] >> (row % 64) & 1) != 0) {
      rows.push_back(row);
    }
  }
  return rows;
}

namespace {

bool better(const Scored &a, const Scored &b) {
  return a.first > b.first || (a.first == b.first && a.second < b.second);
}

// Of thousands of nearly equal vectors (frames of an animation) all may be among the best; more
// than these, about 16 MB, are not compared exactly.
const size_t mostExact = 8192;

// Leaves the rows that may be among the `count` most alike, as far as their codes can tell.
void keepBest(const RowCodes &coded, const RowCodes::Query &query, size_t count,
              std::vector<Scored> *scored) {
  if (scored->size() <= count) {
    return;
  }
  const auto last = scored->begin() + static_cast<ptrdiff_t>(count - 1);
  std::nth_element(scored->begin(), last, scored->end(), better);
  const float worst = last->first - coded.uncertainty(query, last->second);
  const auto end =
      std::partition(last + 1, scored->end(), [&coded, &query, worst](const Scored &one) {
        return one.first + coded.uncertainty(query, one.second) >= worst;
      });
  scored->erase(end, scored->end());
}

} // namespace

// Puts the rows in the order of their cosines.
void Forest::compareExactly(const float *query, std::vector<Scored> *scored) const {
  if (scored->size() > mostExact) {
    const auto cut = scored->begin() + static_cast<ptrdiff_t>(mostExact);
    std::nth_element(scored->begin(), cut, scored->end(), better);
    scored->erase(cut, scored->end());
  }
  for (auto &[likeness, row] : *scored) {
    const float *values = _get(row)->v;
    const float length = std::sqrt(dotProduct(values, values, _f));
    likeness = length > 0 ? dotProduct(values, query, _f) / length : 0;
  }
  std::sort(scored->begin(), scored->end(), better);
}

std::vector<int32_t> Forest::nearest(const float *query, size_t count, size_t searchK) const {
  const RowCodes &coded = rowCodes();
  const RowCodes::Query prepared = coded.prepare(query);
  const std::vector<int32_t> chosen = gather(query, std::max(searchK, count));
  std::vector<Scored> scored;
  scored.reserve(chosen.size());
  for (const int32_t row : chosen) {
    scored.emplace_back(coded.likeness(prepared, row), row);
  }
  keepBest(coded, prepared, count, &scored);
  if (scored.size() > 2 * count) {
    compareExactly(query, &scored);
    scored.resize(std::min(count, scored.size()));
  } else {
    std::sort(scored.begin(), scored.end(), better);
  }
  std::vector<int32_t> rows;
  rows.reserve(scored.size());
  for (const Scored &one : scored) {
    rows.push_back(one.second);
  }
  return rows;
}

} // namespace familiar
