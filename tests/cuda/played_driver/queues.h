// Streams, events and graphs of the played device.
//
// A stream is a queue: its work is done when somebody waits, and of the streams that may go on one
// is drawn by chance. A result that depends on an order that no event promises is soon seen.
#pragma once
#include <atomic>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <random>
#include <set>
#include <vector>

using Flag = std::shared_ptr<std::atomic<bool>>;

struct Work {
    std::function<void()> run;  // nothing where something is only waited for
    Flag after;
};
struct Recording {
    std::vector<Work> works;
    bool broken = false;
    std::set<struct Stream*> streams;
};
struct Stream {
    int device;
    std::deque<Work> queue;
    bool busy = false;
    std::shared_ptr<Recording> recording;
};
struct Event {
    Flag come;
    std::shared_ptr<Recording> recording;
};

class Queues {
  public:
    Stream* create(int device) {
        std::lock_guard<std::mutex> hold(lock);
        Stream* stream = new Stream{device, {}, false, nullptr};
        streams.insert(stream);
        return stream;
    }

    void destroy(Stream* stream) {
        wait([=] { return stream->queue.empty() && !stream->busy; });
        std::lock_guard<std::mutex> hold(lock);
        streams.erase(stream);
        delete stream;
    }

    bool knows(Stream* stream) {
        std::lock_guard<std::mutex> hold(lock);
        return streams.count(stream);
    }

    size_t count() {
        std::lock_guard<std::mutex> hold(lock);
        return streams.size();
    }

    void push(Stream* stream, std::function<void()> run) {
        std::lock_guard<std::mutex> hold(lock);
        add(stream, {std::move(run), nullptr});
    }

    void push(Stream* stream, const std::vector<Work>& works) {
        std::lock_guard<std::mutex> hold(lock);
        for (auto& work : works) add(stream, work);
    }

    void record(Stream* stream, Event* event) {
        std::lock_guard<std::mutex> hold(lock);
        event->recording = stream->recording;
        if (stream->recording) return;
        Flag come = event->come = std::make_shared<std::atomic<bool>>(false);
        add(stream, {[come] { *come = true; }, nullptr});
    }

    void wait_for(Stream* stream, Event* event) {
        std::lock_guard<std::mutex> hold(lock);
        if (event->recording) {  // the stream joins what is being recorded
            stream->recording = event->recording;
            event->recording->streams.insert(stream);
        } else if (event->come) {
            add(stream, {nullptr, event->come});
        }
    }

    // Do work until something is so.
    void wait(const std::function<bool()>& done) {
        std::unique_lock<std::mutex> hold(lock);
        while (!done()) {
            std::vector<Stream*> ready;
            bool busy = false;
            for (Stream* stream : streams) {
                busy |= stream->busy;
                if (may_go_on(*stream)) ready.push_back(stream);
            }
            if (ready.empty() && !busy) {
                std::fprintf(stderr, "played driver: the streams wait for each other\n");
                std::abort();
            }
            if (ready.empty()) {
                changed.wait(hold);
                continue;
            }
            Stream* stream = ready[chance() % ready.size()];
            Work work = std::move(stream->queue.front());
            stream->queue.pop_front();
            stream->busy = true;
            hold.unlock();
            if (work.run) work.run();
            work = {};
            hold.lock();
            stream->busy = false;
            changed.notify_all();
        }
    }

    void wait_for_device(int device) {
        wait([=] {
            for (Stream* stream : streams)
                if (stream->device == device && (stream->busy || !stream->queue.empty())) return false;
            return true;
        });
    }

    std::mutex lock;

  private:
    static bool may_go_on(const Stream& stream) {
        if (stream.busy || stream.queue.empty()) return false;
        const Flag& after = stream.queue.front().after;
        return !after || *after;
    }

    void add(Stream* stream, Work work) {
        auto& target = stream->recording;
        if (target) target->works.push_back(std::move(work));
        else stream->queue.push_back(std::move(work));
        changed.notify_all();
    }

    std::condition_variable changed;
    std::set<Stream*> streams;
    std::mt19937 chance{std::getenv("PLAYED_SEED") ? unsigned(std::atoi(std::getenv("PLAYED_SEED"))) : 1u};
};
