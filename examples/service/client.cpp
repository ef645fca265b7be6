// A client of `forensics-rt serve` in C++ without a library: sends an image, prints the answer.
//
// c++ -std=c++17 -o client examples/service/client.cpp
// ./client docs/samples/letter.jpg 127.0.0.1 8000
//
// For HTTPS use libcurl, or a proxy on this machine. The exit code is 0 for a result, 1 for an error
// of the service, and 2 if it cannot be reached.

#include <netdb.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <iterator>
#include <stdexcept>
#include <string>
#include <thread>

static int connected(const char *host, const char *port) {
    addrinfo wanted{}, *found = nullptr;
    wanted.ai_socktype = SOCK_STREAM;
    if (getaddrinfo(host, port, &wanted, &found) != 0) throw std::runtime_error("unknown host");
    int channel = socket(found->ai_family, found->ai_socktype, 0);
    timeval patience{150, 0};  // longer than the service takes to give up
    setsockopt(channel, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    setsockopt(channel, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    bool failed = connect(channel, found->ai_addr, found->ai_addrlen) != 0;
    freeaddrinfo(found);
    if (!failed) return channel;
    close(channel);
    throw std::runtime_error("cannot connect");
}

static std::string ask(const char *host, const char *port, const std::string &image) {
    std::string request = "POST /v1/detect HTTP/1.1\r\nHost: " + std::string(host) +
                          "\r\nContent-Type: application/octet-stream\r\nConnection: close\r\n";
    if (const char *token = std::getenv("FORENSICS_RT_TOKEN"))
        request += "Authorization: Bearer " + std::string(token) + "\r\n";
    request += "Content-Length: " + std::to_string(image.size()) + "\r\n\r\n" + image;
    int channel = connected(host, port);
    for (size_t sent = 0; sent < request.size();) {
        ssize_t step = send(channel, &request[sent], request.size() - sent, MSG_NOSIGNAL);
        if (step <= 0) break;  // it may have answered already
        sent += static_cast<size_t>(step);
    }
    std::string answer;
    char part[65536];
    for (ssize_t got; (got = recv(channel, part, sizeof part, 0)) > 0;) answer.append(part, got);
    close(channel);
    if (answer.size() < 12) throw std::runtime_error("no answer");
    return answer;
}

int main(int count, char **arguments) {
    if (count < 4) return std::cerr << "usage: client IMAGE HOST PORT\n", 2;
    std::ifstream file(arguments[1], std::ios::binary);
    std::string image{std::istreambuf_iterator<char>(file), {}};
    for (int attempt = 0; attempt < 6; ++attempt) {
        try {
            std::string answer = ask(arguments[2], arguments[3], image);
            int status = std::stoi(answer.substr(9, 3));
            if (status != 429 && status != 503) {  // those may succeed later
                std::cout << answer.substr(answer.find("\r\n\r\n") + 4) << "\n";
                return status == 200 ? 0 : 1;
            }
        } catch (const std::exception &error) {
            std::cerr << "attempt " << attempt + 1 << ": " << error.what() << "\n";
        }
        std::this_thread::sleep_for(std::chrono::milliseconds(500 << attempt));
    }
    return 2;
}
