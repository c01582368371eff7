// table_tool [WRITE_MILLIS]: a table "revoked" of DynamoDB in memory, with the partition key "id",
// until its standard input ends. It prints the port on which it listens.
#include <cstdlib>
#include <iostream>
#include <string>

#include "table_service.h"

int main(int argc, char** argv) {
  using namespace sallyport::history;
  const long millis = argc > 1 ? std::strtol(argv[1], nullptr, 10) : 0;
  TableService table("revoked", "id", millis * kMillisecond);
  std::cout << table.port() << std::endl;
  std::string line;
  while (std::getline(std::cin, line)) {
  }
  return 0;
}
