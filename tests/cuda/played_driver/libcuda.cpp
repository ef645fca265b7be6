// A CUDA driver that is the CPU: of libcuda.so.1 what cuda-core and forensics_rt call.
//
// Kernels run as C++, two GPUs are offered, and what a GPU would refuse is refused here: calls
// without a context, kernels that get addresses of the host, waiting while a graph is recorded.
// Signatures and codes are those of cuda.h, CUDA 13; handles are pointers to the structs here.
#include <atomic>
#include <dlfcn.h>

#include <string>

#include "../kernels_on_cpu.h"
#include "memory.h"
#include "queues.h"

namespace {
enum Code {
    OK = 0, INVALID_VALUE = 1, OUT_OF_MEMORY = 2, INVALID_DEVICE = 101, INVALID_IMAGE = 200,
    INVALID_CONTEXT = 201, INVALID_HANDLE = 400, NOT_FOUND = 500, ILLEGAL_ADDRESS = 700,
    NOT_SUPPORTED = 801, NO_CAPTURE = 900, CAPTURE_BROKEN = 901,
};
constexpr int DEVICES = 2, MAJOR = 9, MINOR = 0;
constexpr size_t TOTAL = size_t(1) << 34;

struct Context { int device; };
struct Library { std::string image; };
struct Graph { std::vector<Work> works; };

Context primary[DEVICES] = {{0}, {1}};
char pools[DEVICES];
std::atomic<int> events{0}, graphs{0}, contexts{0};
thread_local Context* current = nullptr;
thread_local std::vector<Context*> pushed;  // below the current one
thread_local int recordings = 0;  // that this thread has begun

// They live as long as the process: streams may be given back after the end of main().
Memory& memory = *new Memory;
Queues& queues = *new Queues;

#define NEEDS_CONTEXT if (!current) return INVALID_CONTEXT

Stream* stream_of(void* handle) {
    // The default streams; nothing here is ordered by them.
    static Stream* standard[3] = {queues.create(0), queues.create(0), queues.create(0)};
    auto number = reinterpret_cast<uintptr_t>(handle);
    Stream* stream = number <= 2 ? standard[number] : static_cast<Stream*>(handle);
    return queues.knows(stream) ? stream : nullptr;
}

bool recording(Stream* stream) {
    std::lock_guard<std::mutex> hold(queues.lock);
    return stream->recording != nullptr;
}

void wait_for_all(Stream* stream) {
    queues.wait([=] { return stream->queue.empty() && !stream->busy; });
}

int take(uint64_t* address, size_t size, bool pinned, Context* context, int device, Piece* piece) {
    if (size == 0) return INVALID_VALUE;
    if (size > TOTAL - memory.bytes(false)) return OUT_OF_MEMORY;
    *address = memory.take(size, pinned, context, device);
    return *address && memory.find(*address, piece) ? OK : OUT_OF_MEMORY;
}

int launch(const Kernel* kernel, dim3 grid, dim3 block, void** arguments, void* handle) {
    NEEDS_CONTEXT;
    Stream* stream = stream_of(handle);
    if (!stream || stream->device != current->device) return INVALID_HANDLE;
    for (unsigned length : {grid.x, grid.y, grid.z, block.x, block.y, block.z})
        if (!length) return INVALID_VALUE;
    if (grid.y > 65535 || grid.z > 65535 || block.x * block.y * block.z > 256) return INVALID_VALUE;
    for (size_t i = 0; i < kernel->is_pointer.size(); ++i) {
        Piece piece;
        uint64_t address = kernel->is_pointer[i] ? *static_cast<uint64_t*>(arguments[i]) : 0;
        if (address && !memory.find(address, &piece)) return ILLEGAL_ADDRESS;
    }
    Run run = kernel->bind(arguments);
    queues.push(stream, [=] { run(grid, block, How{}); });
    return OK;
}
std::atomic<int> retained{0};
std::atomic<bool> refused{false};
}  // namespace

extern "C" {
int cuInit(unsigned) { return OK; }
int cuDriverGetVersion(int* version) { *version = 13000; return OK; }
int cuDeviceGetCount(int* count) { *count = DEVICES; return OK; }
int cuDeviceGet(int* device, int ordinal) {
    *device = ordinal;
    return 0 <= ordinal && ordinal < DEVICES ? OK : INVALID_DEVICE;
}
int cuDeviceGetName(char* name, int length, int) { std::strncpy(name, "a played GPU", length); return OK; }
int cuDeviceGetUuid_v2(char* id, int device) { std::memset(id, 1 + device, 16); return OK; }
int cuDeviceGetAttribute(int* value, int which, int) {
    // Compute capability, and whether there are pools; of all else there is enough.
    *value = which == 75 ? MAJOR : which == 76 ? MINOR : which == 115 ? 1 : 1024;
    return OK;
}
int cuMemGetInfo_v2(size_t* free, size_t* total) {
    NEEDS_CONTEXT;
    *free = (*total = TOTAL) - memory.bytes(false);
    return OK;
}

// Contexts
int cuDevicePrimaryCtxRetain(Context** context, int device) {
    *context = &primary[device];
    ++retained;
    return OK;
}
int cuDevicePrimaryCtxRelease_v2(int) { --retained; return OK; }
int cuDevicePrimaryCtxGetState(int, unsigned* flags, int* active) { *flags = 0; *active = 1; return OK; }
int cuCtxCreate_v2(Context** context, unsigned, int device) {
    current = *context = new Context{device};
    ++contexts;
    return OK;
}
int cuCtxDestroy_v2(Context* context) {
    if (current == context) current = nullptr;
    delete context;
    --contexts;
    return OK;
}
int cuCtxGetCurrent(Context** context) { *context = current; return OK; }
int cuCtxSetCurrent(Context* context) {
    if (refused.exchange(false)) return INVALID_CONTEXT;
    current = context;
    return OK;
}
int cuCtxPushCurrent_v2(Context* context) {
    pushed.push_back(current);
    current = context;
    return OK;
}
int cuCtxPopCurrent_v2(Context** context) {
    if (pushed.empty()) return INVALID_CONTEXT;
    *context = current;
    current = pushed.back();
    pushed.pop_back();
    return OK;
}
int cuCtxSynchronize() {
    NEEDS_CONTEXT;
    queues.wait_for_device(current->device);
    return OK;
}
int cuCtxGetDevice(int* device) { NEEDS_CONTEXT; *device = current->device; return OK; }
int cuCtxGetDevice_v2(int* device, Context* context) {
    if (!context) return cuCtxGetDevice(device);
    *device = context->device;
    return OK;
}
int cuCtxGetId(Context* context, uint64_t* id) { *id = reinterpret_cast<uint64_t>(context); return OK; }
int cuCtxGetStreamPriorityRange(int* least, int* greatest) { *least = *greatest = 0; return OK; }

// Streams and events
int cuStreamCreateWithPriority(Stream** stream, unsigned, int) {
    NEEDS_CONTEXT;
    *stream = queues.create(current->device);
    return OK;
}
int cuStreamDestroy_v2(Stream* stream) { queues.destroy(stream); return OK; }
int cuStreamSynchronize(void* handle) {
    Stream* stream = stream_of(handle);
    if (!stream) return INVALID_HANDLE;
    if (recording(stream)) {
        stream->recording->broken = true;
        return NO_CAPTURE;
    }
    wait_for_all(stream);
    return OK;
}
int cuStreamGetCtx(void* handle, Context** context) {
    Stream* stream = stream_of(handle);
    if (stream) *context = &primary[stream->device];
    return stream ? OK : INVALID_HANDLE;
}
int cuStreamGetCtx_v2(void* handle, Context** context, void** green) {
    if (green) *green = nullptr;
    return cuStreamGetCtx(handle, context);
}
int cuStreamGetDevice(void* handle, int* device) {
    Stream* stream = stream_of(handle);
    if (stream) *device = stream->device;
    return stream ? OK : INVALID_HANDLE;
}
int cuStreamGetFlags(void*, unsigned* flags) { *flags = 1; return OK; }
int cuStreamGetPriority(void*, int* priority) { *priority = 0; return OK; }
int cuEventCreate(Event** event, unsigned) {
    NEEDS_CONTEXT;
    *event = new Event;
    ++events;
    return OK;
}
int cuEventDestroy_v2(Event* event) { delete event; --events; return OK; }
int cuEventRecord(Event* event, void* handle) {
    Stream* stream = stream_of(handle);
    if (stream) queues.record(stream, event);
    return stream ? OK : INVALID_HANDLE;
}
int cuEventRecordWithFlags(Event* event, void* handle, unsigned) { return cuEventRecord(event, handle); }
int cuStreamWaitEvent(void* handle, Event* event, unsigned) {
    Stream* stream = stream_of(handle);
    if (stream) queues.wait_for(stream, event);
    return stream ? OK : INVALID_HANDLE;
}
int cuEventSynchronize(Event* event) {
    if (event->recording) return NO_CAPTURE;
    Flag come = event->come;
    if (come) queues.wait([=] { return come->load(); });
    return OK;
}
int cuEventQuery(Event* event) { return !event->come || *event->come ? OK : 600; }
int cuLaunchHostFunc(void* handle, void (*function)(void*), void* data) {
    Stream* stream = stream_of(handle);
    if (stream) queues.push(stream, [=] { function(data); });
    return stream ? OK : INVALID_HANDLE;
}

// Memory
int cuDeviceGetMemPool(void** pool, int device) { *pool = &pools[device]; return OK; }
int cuDeviceGetDefaultMemPool(void** pool, int device) { *pool = &pools[device]; return OK; }
int cuMemGetMemPool(void** pool, void* location, int) {
    *pool = &pools[static_cast<int*>(location)[1]];
    return OK;
}
int cuMemPoolGetAttribute(void*, int, uint64_t* value) { *value = 0; return OK; }
int cuMemPoolSetAttribute(void*, int, void*) { return OK; }
int cuMemPoolSetAccess(void*, const void*, size_t) { return OK; }
int cuMemPoolTrimTo(void*, size_t) { return OK; }
int cuMemAllocFromPoolAsync(uint64_t* address, size_t size, void* pool, void* handle) {
    Stream* stream = stream_of(handle);
    if (!stream) return INVALID_HANDLE;
    if (recording(stream)) return NO_CAPTURE;
    Piece piece;
    int code = take(address, size, false, nullptr, int(static_cast<char*>(pool) - pools), &piece);
    if (code == OK) queues.push(stream, [=] { Memory::open(piece); });
    return code;
}
int cuMemFreeAsync(uint64_t address, void* handle) {
    Stream* stream = stream_of(handle);
    Piece piece;
    if (!stream || !memory.forget(address, &piece)) return stream ? INVALID_VALUE : INVALID_HANDLE;
    queues.push(stream, [=] { memory.close(address); });
    return OK;
}
static int take_at_once(uint64_t* address, size_t size, bool pinned) {
    NEEDS_CONTEXT;
    if (recordings) return NO_CAPTURE;
    Piece piece;
    int code = take(address, size, pinned, current, current->device, &piece);
    if (code == OK) Memory::open(piece);
    return code;
}
int cuMemAlloc_v2(uint64_t* address, size_t size) { return take_at_once(address, size, false); }
int cuMemFree_v2(uint64_t address) {
    Piece piece;
    if (!memory.forget(address, &piece)) return INVALID_VALUE;
    memory.close(address);
    return OK;
}
int cuMemAllocHost_v2(uint64_t* address, size_t size) { return take_at_once(address, size, true); }
int cuMemFreeHost(uint64_t address) { NEEDS_CONTEXT; return cuMemFree_v2(address); }
int cuMemcpyAsync(uint64_t target, uint64_t source, size_t size, void* handle) {
    NEEDS_CONTEXT;
    Stream* stream = stream_of(handle);
    Piece piece;
    size_t to = size, from = size;
    bool to_ours = memory.find(target, &piece, &to), from_ours = memory.find(source, &piece, &from);
    if (!stream || !target || !source || to < size || from < size) return INVALID_VALUE;
    if (memory.is_leaving(target) || memory.is_leaving(source)) return INVALID_VALUE;
    auto* out = reinterpret_cast<char*>(target);
    auto* in = reinterpret_cast<const char*>(source);
    if (from_ours) {
        queues.push(stream, [=] { std::memcpy(out, in, size); });
    } else {  // memory that is not page-locked is read before the call comes back
        auto read = std::make_shared<std::string>(in, size);
        queues.push(stream, [=] { std::memcpy(out, read->data(), size); });
    }
    if (!to_ours) wait_for_all(stream);
    return OK;
}
int cuMemsetD8Async(uint64_t target, unsigned char value, size_t size, void* handle) {
    NEEDS_CONTEXT;
    Stream* stream = stream_of(handle);
    Piece piece;
    size_t left = 0;
    if (!stream || !memory.find(target, &piece, &left) || left < size) return INVALID_VALUE;
    queues.push(stream, [=] { std::memset(reinterpret_cast<char*>(target), value, size); });
    return OK;
}
int cuPointerGetAttribute(void* value, int which, uint64_t address) {
    Piece piece;
    size_t left = 0;
    if (!memory.find(address, &piece, &left)) return INVALID_VALUE;
    if (which == 9) *static_cast<int*>(value) = piece.device;
    else if (which == 1) *static_cast<void**>(value) = piece.context;
    else if (which == 11) *static_cast<uint64_t*>(value) = address + left - piece.size;
    else if (which == 12) *static_cast<size_t*>(value) = piece.size;
    else return INVALID_VALUE;
    return OK;
}

// Kernels
int cuLibraryLoadData(Library** library, const char* image, void*, void*, unsigned, void*, void*, unsigned) {
    // A cubin is an ELF file; its section headers come last but for the program headers' table.
    if (std::memcmp(image, "\x7f" "ELF", 4)) return INVALID_IMAGE;
    uint64_t sections;
    uint16_t size, count;
    std::memcpy(&sections, image + 0x28, 8);
    std::memcpy(&size, image + 0x3A, 2);
    std::memcpy(&count, image + 0x3C, 2);
    *library = new Library{std::string(image, sections + size_t(size) * count)};
    return OK;
}
int cuLibraryUnload(Library* library) { delete library; return OK; }
int cuLibraryGetKernel(const Kernel** kernel, Library* library, const char* name) {
    bool there = library->image.find(std::string(".text.") + name + '\0') != std::string::npos;
    *kernel = there ? find_kernel(name) : nullptr;
    return *kernel ? OK : NOT_FOUND;
}
int cuKernelGetFunction(const Kernel** function, const Kernel* kernel) { *function = kernel; return OK; }
int cuKernelGetAttribute(int* value, int, const Kernel*, int) { *value = 0; return OK; }
int cuLaunchKernel(const Kernel* kernel, unsigned gx, unsigned gy, unsigned gz, unsigned bx, unsigned by,
                   unsigned bz, unsigned, void* stream, void** arguments, void**) {
    return launch(kernel, {gx, gy, gz}, {bx, by, bz}, arguments, stream);
}
struct Config { dim3 grid, block; unsigned shared; void* stream; void* attributes; unsigned count; };
int cuLaunchKernelEx(const Config* config, const Kernel* kernel, void** arguments, void**) {
    return launch(kernel, config->grid, config->block, arguments, config->stream);
}

// Graphs
int cuStreamIsCapturing(void* handle, int* status) {
    Stream* stream = stream_of(handle);
    if (stream) *status = recording(stream) ? (stream->recording->broken ? 2 : 1) : 0;
    return stream ? OK : INVALID_HANDLE;
}
int cuStreamBeginCapture_v2(Stream* stream, int) {
    if (!stream_of(stream) || reinterpret_cast<uintptr_t>(stream) <= 2) return NO_CAPTURE;
    std::lock_guard<std::mutex> hold(queues.lock);
    if (stream->recording) return NO_CAPTURE;
    stream->recording = std::make_shared<Recording>();
    stream->recording->streams.insert(stream);
    ++recordings;
    return OK;
}
int cuStreamEndCapture(Stream* stream, Graph** graph) {
    std::lock_guard<std::mutex> hold(queues.lock);
    auto done = stream->recording;
    *graph = nullptr;
    if (!done) return INVALID_VALUE;
    for (Stream* joined : done->streams) joined->recording = nullptr;
    --recordings;
    if (done->broken) return CAPTURE_BROKEN;
    *graph = new Graph{std::move(done->works)};
    ++graphs;
    return OK;
}
int cuGraphInstantiateWithFlags(Graph** executable, Graph* graph, uint64_t) {
    *executable = new Graph(*graph);
    ++graphs;
    return OK;
}
int cuGraphLaunch(Graph* executable, void* handle) {
    Stream* stream = stream_of(handle);
    if (stream) queues.push(stream, executable->works);
    return stream ? OK : INVALID_HANDLE;
}
int cuGraphExecDestroy(Graph* executable) { delete executable; --graphs; return OK; }
int cuGraphDestroy(Graph* graph) { delete graph; --graphs; return OK; }
int cuThreadExchangeStreamCaptureMode(int* mode) { *mode = 0; return OK; }

// Names
int cuGetErrorName(int code, const char** name) {
    static thread_local std::string text;
    *name = (text = "CUDA_ERROR_" + std::to_string(code)).c_str();
    return OK;
}
int cuGetErrorString(int code, const char** text) { return cuGetErrorName(code, text); }
// NVRTC asks for a table of the driver to keep what it compiled, and takes a no, but no silence.
int cuGetExportTable(const void** table, const void*) { *table = nullptr; return NOT_FOUND; }
static int not_played() { return NOT_SUPPORTED; }
int cuGetProcAddress_v2(const char* name, void** function, int, uint64_t, int* status) {
    static void* self = dlopen("libcuda.so.1", RTLD_NOW | RTLD_NOLOAD);
    *function = nullptr;
    for (const char* version : {"_v3", "_v2", ""})
        if (!*function) *function = dlsym(self, (std::string(name) + version).c_str());
    if (!*function) *function = reinterpret_cast<void*>(&not_played);
    if (status) *status = 0;
    return OK;
}
int cuGetProcAddress(const char* name, void** function, int version, uint64_t flags) {
    return cuGetProcAddress_v2(name, function, version, flags, nullptr);
}

// How often the primary contexts are held; and have the next call fail that makes one current.
int played_retained() { return retained; }
void played_refuse() { refused = true; }

// What is not given back: bytes of the device, page-locked bytes, streams, events, graphs, contexts.
void played_left(size_t* left) {
    size_t found[] = {memory.bytes(false), memory.bytes(true), queues.count(), size_t(events),
                      size_t(graphs), size_t(contexts)};
    std::memcpy(left, found, sizeof found);
}
}
