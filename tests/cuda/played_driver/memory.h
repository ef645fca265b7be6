// Memory of the played device: pages of its own, which crash whoever comes too early, too late or
// too far.
#pragma once
#include <sys/mman.h>

#include <cstdint>
#include <cstring>
#include <map>
#include <mutex>

struct Piece {
    size_t size;
    bool pinned;       // of the host
    void* context;     // that it belongs to; none if it is of a pool
    int device;
    char* pages;       // with one more behind them that nobody may touch
    size_t length;
};

class Memory {
  public:
    // Take memory. That of a pool cannot be touched before open() was called in the stream's order.
    uint64_t take(size_t size, bool pinned, void* context, int device) {
        size_t length = (size + PAGE - 1) / PAGE * PAGE + PAGE;
        void* pages = mmap(nullptr, length, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (pages == MAP_FAILED) return 0;
        char* start = static_cast<char*>(pages);
        // As near to the forbidden page as addresses on multiples of 256 allow.
        uint64_t address = reinterpret_cast<uint64_t>(start + length - PAGE - (size + 255) / 256 * 256);
        std::lock_guard<std::mutex> hold(lock);
        pieces[address] = {size, pinned, context, device, start, length};
        return address;
    }

    static void open(const Piece& piece) {
        mprotect(piece.pages, piece.length - PAGE, PROT_READ | PROT_WRITE);
        std::memset(piece.pages, 0xA7, piece.length - PAGE);  // as full of rubbish as a GPU's
    }

    // Give memory back: from now on it must not be asked for, and from close() on it is not there.
    bool forget(uint64_t address, Piece* found) {
        std::lock_guard<std::mutex> hold(lock);
        auto piece = pieces.find(address);
        if (piece == pieces.end()) return false;
        *found = piece->second;
        leaving.insert(*piece);
        pieces.erase(piece);
        return true;
    }

    void close(uint64_t address) {
        std::lock_guard<std::mutex> hold(lock);
        auto piece = leaving.find(address);
        munmap(piece->second.pages, piece->second.length);
        leaving.erase(piece);
    }

    bool is_leaving(uint64_t address) {
        std::lock_guard<std::mutex> hold(lock);
        return in(leaving, address) != leaving.end();
    }

    // Find the memory that an address lies in, and how far it goes on from there.
    bool find(uint64_t address, Piece* found, size_t* left = nullptr) {
        std::lock_guard<std::mutex> hold(lock);
        auto piece = in(pieces, address);
        if (piece == pieces.end()) return false;
        *found = piece->second;
        if (left) *left = piece->first + piece->second.size - address;
        return true;
    }

    size_t bytes(bool pinned) {
        std::lock_guard<std::mutex> hold(lock);
        size_t sum = 0;
        for (auto& piece : pieces)
            if (piece.second.pinned == pinned) sum += piece.second.size;
        return sum;
    }

  private:
    using Pieces = std::map<uint64_t, Piece>;
    static constexpr size_t PAGE = 4096;

    static Pieces::iterator in(Pieces& pieces, uint64_t address) {
        auto after = pieces.upper_bound(address);
        if (after == pieces.begin()) return pieces.end();
        auto piece = std::prev(after);
        return address - piece->first < piece->second.size ? piece : pieces.end();
    }

    std::mutex lock;
    Pieces pieces, leaving;
};
